/** Finding runs by their folders: a workflow id may be used again, and each run under it has a folder of its own. */
import { isRunId, isWorkflowId, type RunRef } from '../contract/ids.js';
import { mapAhead } from './map-ahead.js';
import { RunLayout } from './run-layout.js';
import { StoreError, type Store } from './store.js';
import { folderOfWorkflow, workflowOfFolder } from './workflow-folder.js';

/** Listings and reports that are asked for at once: a store may hold ten thousand runs. */
export const RUNS_AHEAD = 16;

/**
 * @param store that of the runs
 * @param runId the run that is meant; the newest one when absent
 * @returns undefined when there is no such run
 */
export async function findRun(
  store: Store,
  workflowId: string,
  runId?: string,
): Promise<RunRef | undefined> {
  if (!isWorkflowId(workflowId)) return undefined;
  const runs = await runsOf(store, workflowId);
  if (runId !== undefined) return runs.find((run) => run.runId === runId);
  // Most ids are used once: nothing has to be read then.
  if (runs.length <= 1) return runs[0];
  let newest: { run: RunRef; at: number } | undefined;
  const dated = mapAhead(runs, async (run) => ({ run, at: await startOf(store, run) }), RUNS_AHEAD);
  for await (const one of dated) if (!newest || one.at > newest.at) newest = one;
  return newest?.run;
}

/**
 * Every run that has a folder, in the order of a listing.
 * @param after those that come after this one; all when absent
 */
export async function* allRuns(store: Store, after?: RunRef): AsyncGenerator<RunRef> {
  const listed = mapAhead(idsFrom(store, after), (id) => runsOf(store, id), RUNS_AHEAD);
  for await (const runs of listed) {
    for (const run of runs) if (!after || isAfter(run, after)) yield run;
  }
}

/** The workflow ids that have folders, in the order of a listing. */
export function idsOf(store: Store): AsyncGenerator<string> {
  return idsFrom(store, undefined);
}

/** Whatever else is there is none of the import's. */
async function* idsFrom(store: Store, after: RunRef | undefined): AsyncGenerator<string> {
  const first = after && `${folderOfWorkflow(after.workflowId)}/`;
  for await (const name of store.folders('')) {
    const workflowId = workflowOfFolder(name);
    if (workflowId !== undefined && !(first && `${name}/` < first)) yield workflowId;
  }
}

/** Every run of a workflow id, in the order of a listing. */
export async function runsOf(store: Store, workflowId: string): Promise<RunRef[]> {
  const runs: RunRef[] = [];
  for await (const runId of store.folders(folderOfWorkflow(workflowId))) {
    if (isRunId(runId)) runs.push({ workflowId, runId });
  }
  return runs;
}

/** In the order of a listing. */
function isAfter(run: RunRef, other: RunRef): boolean {
  return folderOf(run) > folderOf(other);
}

function folderOf({ workflowId, runId }: RunRef): string {
  return `${folderOfWorkflow(workflowId)}/${runId}`;
}

/**
 * For `catch`: a file that cannot be understood counts as none. A store that does not answer is no reason to overlook a
 * run.
 */
export function ignoreUnreadable(error: unknown): undefined {
  if (error instanceof StoreError) throw error;
}

/** The same without reading anything, where the run id begins with a clock (UUID version 7). */
export async function startedBy(store: Store, run: RunRef): Promise<number> {
  const isClock = run.runId[14] === '7';
  return isClock ? parseInt(run.runId.slice(0, 13).replace('-', ''), 16) : startOf(store, run);
}

/**
 * In milliseconds. A run that has no report yet began with its plan, and one without a plan with whatever it has. A plan
 * says itself when: the store's own time is that of a copy, where the files were moved.
 */
export async function startOf(store: Store, run: RunRef): Promise<number> {
  const folder = new RunLayout(store, run);
  const at =
    (await timeIn(store, folder.report, 'startedAt')) ?? (await timeIn(store, folder.plan, 'at'));
  if (at !== undefined) return at;
  const plan = await store.stat(folder.plan);
  if (plan) return plan.changedAt.getTime();
  for await (const { changedAt } of store.list(folder.prefix)) return changedAt.getTime();
  return 0;
}

/** @returns undefined where the file is not there, or is none that says it */
async function timeIn(
  store: Store,
  key: string,
  field: 'startedAt' | 'at',
): Promise<number | undefined> {
  const content = await store.read(key);
  if (!content) return undefined;
  try {
    const time = Date.parse(
      (JSON.parse(content.bytes.toString()) as Record<string, string>)[field]!,
    );
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
