/**
 * The schedule by which Temporal has old runs purged. It belongs to the deployment, which is a namespace and a task
 * queue: the command `retention` changes it, and a worker only makes one that is missing. So no worker that is set
 * differently, or not at all, ends or hastens the removal of personal data.
 */
import { createHash } from 'node:crypto';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { DEFAULT_TASK_QUEUE } from '../temporal.js';

const NAME = 'user-import-purge';
/** On whose behalf runs are purged where a worker has made the schedule. */
const BY_SETTING = 'RUNS_RETENTION_DAYS';

/** What the schedule says now. */
export interface Retention {
  /** Undefined where the schedule was changed by hand, and starts something else. */
  days: number | undefined;
  /** Nothing is purged by itself until somebody goes on with it. */
  isPaused: boolean;
}

/** Deployments that share a namespace each have their own; a task queue's name may be longer than an id. */
export function scheduleId(taskQueue: string): string {
  if (taskQueue === DEFAULT_TASK_QUEUE) return NAME;
  return `${NAME}-${createHash('sha256').update(taskQueue).digest('hex').slice(0, 12)}`;
}

/** @returns undefined where there is no schedule */
export async function readRetention(
  client: Client,
  taskQueue: string,
): Promise<Retention | undefined> {
  try {
    const { action, state } = await client.schedule.getHandle(scheduleId(taskQueue)).describe();
    const [input] = (action.args ?? []) as { olderThanDays?: unknown }[];
    const days = input?.olderThanDays;
    return { days: typeof days === 'number' ? days : undefined, isPaused: state.paused };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** From now on runs are purged after so many days, whatever was before. @param actor in the audit trail */
export async function setRetention(
  client: Client,
  taskQueue: string,
  days: number,
  actor: string,
): Promise<void> {
  const wanted = scheduleOf(taskQueue, days, actor);
  if (await create(client, taskQueue, wanted)) return;
  const state = { paused: false, note: `${days} days, by ${actor}` };
  await client.schedule
    .getHandle(scheduleId(taskQueue))
    .update((before) => ({ ...wanted, state: { ...before.state, ...state } }));
}

/**
 * From now on nothing is purged by itself. The schedule is paused, not deleted: no worker makes another one.
 * @returns whether there was one
 */
export async function stopRetention(
  client: Client,
  taskQueue: string,
  actor: string,
): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleId(taskQueue)).pause(`off, by ${actor}`);
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

/**
 * Called by each worker at its start.
 * @param days undefined: the worker does not say
 * @returns what is otherwise than its setting says, for the log
 */
export async function ensureRetention(
  client: Client,
  taskQueue: string,
  days: number | undefined,
): Promise<string | undefined> {
  if (days === undefined) return undefined;
  if (await create(client, taskQueue, scheduleOf(taskQueue, days, BY_SETTING))) return undefined;
  const now = await readRetention(client, taskQueue);
  if (now && !now.isPaused && now.days === days) return undefined;
  return `${BY_SETTING} is ${days}, but ${whatIs(now)}: user-import retention ${days} changes that, for all workers.`;
}

function whatIs(now: Retention | undefined): string {
  if (!now || now.isPaused) return 'old runs are not purged now';
  if (now.days === undefined) return 'the schedule that purges old runs was changed by hand';
  return `they are purged after ${now.days}`;
}

/** @returns false where there is one already */
async function create(client: Client, taskQueue: string, wanted: Wanted): Promise<boolean> {
  try {
    await client.schedule.create({ scheduleId: scheduleId(taskQueue), ...wanted });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

type Wanted = Omit<ScheduleOptions, 'scheduleId' | 'state'>;

function scheduleOf(taskQueue: string, days: number, actor: string): Wanted {
  return {
    spec: { intervals: [{ every: '1 day' }], jitter: '1 hour' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.purgeRuns,
      workflowId: scheduleId(taskQueue),
      taskQueue,
      args: [{ olderThanDays: days, actor }],
    },
  };
}
