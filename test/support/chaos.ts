/** Random kills of workers, the same again from the same seed. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { Activities } from '../../activities/index.js';
import { EXIT } from '../../src/cli/exit.js';
import { WORKFLOW_TYPES } from '../../src/contract/ids.js';
import type { Chance } from './chance.js';
import { until } from './until.js';
import { startWorker, type WorkerProcess } from './worker-process.js';
import type { World } from './world.js';

/** Temporal's number for a pending activity that a worker is at. */
const PENDING_ACTIVITY_STATE_STARTED = 2;

/** Longer than the heartbeat timeout of a chunk, so that another worker takes it up. */
const FREEZE_MS = 24_000;

/** Worker processes that are started, killed and frozen. */
export class WorkerPool {
  private readonly workers: WorkerProcess[] = [];
  private readonly frozen = new Set<WorkerProcess>();
  killed = 0;

  constructor(
    private readonly world: World,
    private readonly chance: Chance,
    private readonly settings: Record<string, string> = {},
  ) {}

  /** The number of workers that are not frozen. */
  get size(): number {
    return this.workers.length - this.frozen.size;
  }

  async start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) this.workers.push(await this.startOne());
  }

  private startOne(): Promise<WorkerProcess> {
    return startWorker(this.world, this.settings);
  }

  /** Ends a worker by SIGKILL, whatever it is doing. */
  async killOne(among: readonly WorkerProcess[] = this.workers): Promise<void> {
    const victim = this.chance.pick(among);
    this.workers.splice(this.workers.indexOf(victim), 1);
    this.frozen.delete(victim);
    await victim.kill();
    this.killed++;
  }

  /** Kills a worker that is at a chunk of this import; waits until there is one. */
  async killOneAtWork(client: Client, workflowId: string): Promise<void> {
    await until(async () => {
      await this.restartEnded();
      return this.killIfAtWork(client, workflowId, ['importRows']);
    });
  }

  /** Kills a worker that is at one of these activities of this import; false where none is. */
  async killIfAtWork(
    client: Client,
    workflowId: string,
    activities: (keyof Activities)[],
  ): Promise<boolean> {
    const pids = await pidsAtWork(client, workflowId, activities).catch((): number[] => []); // Temporal may be away
    const busy = this.workers.filter(({ pid }) => pids.includes(pid));
    if (busy.length === 0) return false;
    await this.killOne(busy);
    return true;
  }

  /** Freezes a worker like an overloaded machine: it is believed dead, and then goes on where it was. */
  freezeOne(): void {
    const victim = this.chance.pick(this.workers.filter((worker) => !this.frozen.has(worker)));
    process.kill(victim.pid, 'SIGSTOP');
    this.frozen.add(victim);
    setTimeout(() => this.thaw(victim), FREEZE_MS).unref();
  }

  private thaw(worker: WorkerProcess): void {
    if (this.frozen.delete(worker) && worker.running()) process.kill(worker.pid, 'SIGCONT');
  }

  /**
   * Restarts workers that ended because Temporal was away, as an operator's supervisor does.
   * @throws Error with the log of a worker that ended by itself for any other reason
   */
  async restartEnded(): Promise<void> {
    for (const [i, worker] of this.workers.entries()) {
      if (worker.running()) continue;
      if (worker.exitCode() !== EXIT.unreachable) {
        throw new Error(`a worker ended by itself:\n${await worker.log()}`);
      }
      this.workers[i] = await this.startOne();
    }
  }

  /** Ends all workers in order. */
  async stop(): Promise<void> {
    for (const worker of this.frozen) this.thaw(worker);
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }
}

/** The number of chunks with outcomes on disk; asks no server, since all may be dead. */
export function finishedChunks(runFolder: string): number {
  try {
    const names = readdirSync(path.join(runFolder, 'outcomes'));
    return names.filter((name) => name.endsWith('.jsonl')).length;
  } catch {
    return 0; // The folder is not there yet.
  }
}

/**
 * The process ids of the workers that Temporal believes to be at such activities of an import or its children, dead
 * workers included.
 */
async function pidsAtWork(
  client: Client,
  workflowId: string,
  activities: string[],
): Promise<number[]> {
  const pids: number[] = [];
  const isOfImport = `(WorkflowId = "${workflowId}" OR WorkflowId STARTS_WITH "${workflowId}/")`;
  const query = `${isOfImport} AND ExecutionStatus = "Running"`;
  for await (const { workflowId: id, runId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(id, runId).describe();
    for (const { activityType, state, lastWorkerIdentity } of raw.pendingActivities ?? []) {
      // One that waits for its next attempt still has the worker of the last one.
      const isAtWork = Number(state) === PENDING_ACTIVITY_STATE_STARTED;
      if (isAtWork && activities.includes(activityType?.name ?? ''))
        pids.push(parseInt(lastWorkerIdentity ?? '', 10)); // <pid>@<host>
    }
  }
  return pids;
}

/** The number of attempts that each portion of an import needed, by Temporal's count. */
export async function attemptsOfChunks(client: Client, workflowId: string): Promise<number[]> {
  const attempts: number[] = [];
  const isChunk = `WorkflowType = "${WORKFLOW_TYPES.importChunk}"`;
  const query = `WorkflowId STARTS_WITH "${workflowId}/" AND ${isChunk}`;
  for await (const { workflowId: id, runId } of client.workflow.list({ query })) {
    const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
    const started = events?.flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
    attempts.push(Math.max(0, ...(started ?? []).map(({ attempt }) => attempt ?? 0)));
  }
  return attempts;
}
