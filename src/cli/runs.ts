/** The imports, and the runs of one of them, as Temporal and the store of the runs know them: either may know more. */
import type { Client } from '@temporalio/client';
import { isUndoOf, undoWorkflowId, WORKFLOW_TYPES } from '../contract/ids.js';
import { knowRuns, retriedBy } from '../store/find-attempts.js';
import { idsOf, runsOf, RUNS_AHEAD, startedBy } from '../store/find-run.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { mapAhead } from '../store/map-ahead.js';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { UnreachableError } from '../temporal.js';
import type { CommandContext } from './command-context.js';
import { byStart, IMPORTS, listExecutions, type Execution } from './executions.js';
import { CommandError, EXIT } from './exit.js';
import { queryProgress } from './follow.js';
import { renderImport, renderImports } from './render-runs.js';
import { toListedImport, type ListedImport, type SeenRun } from './seen-run.js';
import { withClient } from './with-client.js';

export interface RunsOptions {
  /** Imports or, of one import, runs that are listed at most. */
  limit: number;
}

/** What can be asked; one of them at least. */
interface Sources {
  client: Client | undefined;
  store: Store | undefined;
}

/** Ended executions that are read for each import that is listed: an import may have been retried. */
const EXECUTIONS_AN_IMPORT = 10;

/**
 * @param id of the import, or of any retry of it; undefined: all imports
 * @param runs `IMPORT_RUNS` of this machine, if it has one
 */
export async function showRuns(
  id: string | undefined,
  { limit }: RunsOptions,
  runs: string | undefined,
  { print, printJson }: CommandContext,
): Promise<void> {
  const store = runs === undefined ? undefined : await openStore(runs);
  const notSeen = store ? [] : [NO_STORE];
  const use = async (sources: Sources): Promise<void> => {
    const found =
      id === undefined ? await listImports(sources, limit) : [await oneImport(sources, id)];
    const imports = found.slice(0, limit);
    const more = found.length > limit;
    printJson({ imports, more, notSeen });
    const lines =
      id === undefined ? renderImports(imports, more, limit) : renderImport(imports[0]!, limit);
    for (const line of lines) print(line);
    for (const text of notSeen) print({ tone: 'attention', text });
  };
  try {
    await withClient((client) => use({ client, store }));
  } catch (error) {
    if (!(error instanceof UnreachableError) || !store) throw error;
    notSeen.push(`${error.message} What runs now, and undos that go on, are not shown.`);
    await use({ client: undefined, store });
  }
}

const NO_STORE =
  'IMPORT_RUNS is not set: what Temporal has forgotten, undone and purged runs, and the rows of each run are not shown. Set it to that of the workers.';

/** The newest ones, one more than asked for where there are more. */
async function listImports({ client, store }: Sources, limit: number): Promise<ListedImport[]> {
  const most = (limit + 1) * EXECUTIONS_AN_IMPORT;
  const executions = client ? await listExecutions(client, IMPORTS(), most) : [];
  const undos = client ? await listExecutions(client, `${UNDOS} AND ${RUNNING}`, most) : [];
  const found = new Found();
  for (const { workflowId, startedAt } of executions) found.add(workflowId, startedAt);
  // Temporal forgets the oldest: where it knows enough, the store has none that is newer.
  if (store && found.size <= limit) {
    const dated = mapAhead(idsOf(store), (id) => newestOf(store, id), RUNS_AHEAD);
    for await (const { id, startedAt } of noneIfMissing(dated)) found.add(id, startedAt);
  }
  const imports: ListedImport[] = [];
  const gathered = mapAhead(found.newest(limit + 1), ({ id, ids }) =>
    gather({ client, store }, id, ids, [...executions, ...undos]),
  );
  for await (const one of gathered) if (one) imports.push(one);
  return imports;
}

const UNDOS = `WorkflowType = '${WORKFLOW_TYPES.undoImport}'`;
const RUNNING = `ExecutionStatus = 'Running'`;

/** Imports by their id, with the ids of their retries and the start of their newest run. */
class Found {
  private readonly imports = new Map<string, { startedAt: string; ids: Set<string> }>();

  get size(): number {
    return this.imports.size;
  }

  add(workflowId: string, startedAt: string): void {
    const id = retriedBy(workflowId) ?? workflowId;
    const { ids, startedAt: before } = this.imports.get(id) ?? { startedAt, ids: new Set() };
    ids.add(workflowId);
    this.imports.set(id, { startedAt: startedAt > before ? startedAt : before, ids });
  }

  newest(most: number): { id: string; ids: string[] }[] {
    return [...this.imports]
      .sort(([, a], [, b]) => byStart(a, b))
      .slice(0, most)
      .map(([id, { ids }]) => ({ id, ids: [...new Set([id, ...ids])] }));
  }
}

/** A store that is not on this machine has nothing. */
async function* noneIfMissing<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    ignoreMissing(error);
  }
}

async function newestOf(store: Store, id: string): Promise<{ id: string; startedAt: string }> {
  const starts = await Promise.all((await runsOf(store, id)).map((run) => startedBy(store, run)));
  return { id, startedAt: new Date(Math.max(0, ...starts)).toISOString() };
}

/** @throws CommandError where nothing is known of it */
async function oneImport(sources: Sources, workflowId: string): Promise<ListedImport> {
  // An id may only look like that of a retry.
  for (const id of new Set([retriedBy(workflowId) ?? workflowId, workflowId])) {
    const executions = sources.client ? await executionsOf(sources.client, id) : [];
    // Temporal was asked for all that begins like a retry's.
    const retries = executions.map((one) => one.workflowId).filter((own) => retriedBy(own) === id);
    const ids = [id, ...retries];
    if (sources.store) {
      for await (const other of noneIfMissing(idsOf(sources.store))) {
        if (retriedBy(other) === id) ids.push(other);
      }
    }
    const found = await gather(sources, id, [...new Set(ids)], executions);
    if (found?.runs.some((run) => run.workflowId === workflowId)) return found;
  }
  throw new CommandError(
    `There is no import "${workflowId}". List them: user-import runs`,
    EXIT.wrongUse,
  );
}

/** The runs of an import, its retries, and their undos. */
async function executionsOf(client: Client, id: string): Promise<Execution[]> {
  const most = 1000;
  const own = `(WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${id}-retry-')`;
  const undos = `${UNDOS} AND WorkflowId STARTS_WITH '${undoWorkflowId(id)}'`;
  const lists = await Promise.all([
    listExecutions(client, `${IMPORTS()} AND ${own}`, most),
    listExecutions(client, undos, most),
  ]);
  return lists.flat();
}

/**
 * @param ids of the import and of its retries
 * @param listed executions, among them those of the import
 * @returns undefined where it has no run
 */
async function gather(
  { client, store }: Sources,
  id: string,
  ids: string[],
  listed: readonly Execution[],
): Promise<ListedImport | undefined> {
  const known = store ? await knowRuns(store, ids).catch(ignoreMissing) : undefined;
  const runs = new Map<string, SeenRun>();
  for (const run of known ?? []) runs.set(run.run.runId, { known: run });
  for (const execution of listed) {
    const { workflowId, runId } = execution;
    const isOwn =
      execution.type === WORKFLOW_TYPES.importUsers
        ? ids.includes(workflowId)
        : ids.some((one) => isUndoOf(workflowId, one, execution.import));
    if (isOwn) runs.set(runId, { ...runs.get(runId), execution });
  }
  const seen = await Promise.all([...runs.values()].map((run) => withProgress(client, run)));
  return toListedImport(id, seen);
}

async function withProgress(client: Client | undefined, run: SeenRun): Promise<SeenRun> {
  const { execution } = run;
  if (!client || execution?.status !== 'running') return run;
  const { progress } = await queryProgress(client.workflow.getHandle(execution.workflowId));
  return { ...run, progress };
}
