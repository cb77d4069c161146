/**
 * Undoing one import: what would become of each of its users is found out first and shown; what the admin approves is
 * carried out. Its history holds numbers of chunks, and counters.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import { parseUndoInput } from '../../src/contract/undo/input.js';
import type { Activities } from '../../activities/index.js';
import { PROGRESS_QUERY } from '../../src/contract/import/progress.js';
import { failRun, fatalFailure } from '../shared/failures.js';
import { DRAIN, STOP } from '../import-users/chunks.js';
import { addNotice } from '../import-users/state.js';
import { retryPreflight } from '../shared/preflight.js';
import {
  beginPass,
  clearStall,
  newUndoState,
  publishDetails,
  toUndoProgress,
  undoChunkDone,
  undoChunksAllowed,
  targetOf,
  type UndoJob,
  type UndoState,
} from './state.js';
import { handleCommands } from './commands.js';

const progressQuery = defineQuery<UndoProgress>(PROGRESS_QUERY);

const { prepareUndo } = proxyActivities<Activities>({
  summary: 'Find the run, and see that everything is there',
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  // The workflow itself waits between further tries, so that it can say what it waits for.
  retry: { maximumAttempts: 3, initialInterval: '1 second' },
});

const WHILE_IT_TAKES = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const;

const REPORT = { ...WHILE_IT_TAKES, summary: 'Write the list of what was undone' };
const { writeUndo } = proxyActivities<Activities>(REPORT);
const { writeUndo: tryToWriteUndo } = proxyActivities<Activities>({
  ...REPORT,
  scheduleToCloseTimeout: '15 minutes',
});

/**
 * @param request the undo's input, see UndoRequest
 * @param carried what an earlier execution of this same undo hands over by continue-as-new
 */
export async function undoImport(request: unknown, carried?: UndoState): Promise<UndoSummary> {
  const job = begin(request, carried);
  const { state } = job;
  setHandler(progressQuery, () => toUndoProgress(job), {
    description: 'The plan, and what has been undone of it, in numbers',
  });
  handleCommands(job);
  publishDetails(job);
  try {
    if (!state.target) await prepare(job);
    if (state.phase === 'previewing') await goThrough(job);
    if (!isUndoneAlready(state)) await untilApproved(job);
    if (state.phase === 'undoing') await goThrough(job);
    return await report(job, writeUndo);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await reportLast(job);
    throw fatalFailure(error) ?? error;
  }
}

function begin(request: unknown, carried: UndoState | undefined): UndoJob {
  const { workflowId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  if (carried !== undefined && continuedFromExecutionRunId === undefined) {
    throw failRun('InvalidInput', 'undoImport takes one JSON object; start it with that alone.');
  }
  const parsed = parseUndoInput(request);
  if (!parsed.ok) throw failRun('InvalidInput', parsed.message);
  return {
    undo: { workflowId, runId: firstExecutionRunId },
    input: parsed.input,
    state: carried ?? newUndoState(),
    inFlight: new Set(),
    scope: CancellationScope.current(),
  };
}

async function prepare(job: UndoJob): Promise<void> {
  const { undo, input, state } = job;
  state.target = await retryPreflight(
    () => prepareUndo({ undo, input }),
    (text) => {
      addNotice(state, text);
      publishDetails(job);
    },
  );
  beginPass(state, 'previewing');
  publishDetails(job);
}

/** Nobody is left whom an undo could take back. */
function isUndoneAlready({ plan, target }: UndoState): boolean {
  return plan.undoneBefore === target!.rows;
}

/** Shows the plan, and waits until somebody says yes to it. */
async function untilApproved(job: UndoJob): Promise<void> {
  const { state } = job;
  if (isApproved(state)) return;
  if (state.phase === 'previewing') {
    state.phase = 'awaiting-approval';
    addNotice(
      state,
      'The plan is ready; nobody has been deleted or restored yet. Approve it to go on.',
    );
    publishDetails(job);
  }
  await condition(() => state.approved || workflowInfo().continueAsNewSuggested);
  if (job.scope.consideredCancelled) await job.scope.cancelRequested;
  if (!isApproved(state)) await renew(job);
}

/** Asked anew, since a wait changes it. */
function isApproved({ approved }: UndoState): boolean {
  return approved;
}

/** Goes on with a history that is empty. Only while nothing is in flight. */
async function renew({ input, state }: UndoJob): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof undoImport>(input, state);
}

/**
 * Goes through all chunks, some of them at once, to look at their users or to take them back.
 * @throws the failure that makes going on wrong, once the chunks in flight have ended; or the cancellation, once they have
 * ended or the wait for them is over
 */
async function goThrough(job: UndoJob): Promise<void> {
  const { state, inFlight } = job;
  /** Cancelling the undo does not reach its chunks: what is in flight finishes. */
  const scope = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  let failure: Error | undefined;
  const start = (chunk: number): void => {
    inFlight.add(chunk);
    void scope
      .run(() => runChunk(job, chunk))
      .catch((error: unknown) => void (failure ??= error as Error))
      .finally(() => {
        inFlight.delete(chunk);
        if (inFlight.size === 0) clearStall(state);
        publishDetails(job);
      });
  };
  try {
    let step: Step;
    while ((step = await nextStep(job, () => failure !== undefined)) === 'chunk') {
      start(state.nextChunk++);
      publishDetails(job);
    }
    if (failure) throw failure;
    if (step === 'renew') await renew(job);
  } catch (error) {
    if (inFlight.size > 0) {
      addNotice(state, 'Cancelled: what is in flight finishes, then the list is written.');
      publishDetails(job);
      // A look changes nothing: nobody has to wait for it.
      if (state.phase === 'previewing') scope.cancel();
      await CancellationScope.nonCancellable(() => drain(job, scope));
    }
    throw error;
  }
}

type Step = 'chunk' | 'renew' | 'over';

/**
 * Waits until there is something to do.
 * @throws the cancellation, once there is one
 */
async function nextStep(job: UndoJob, hasFailed: () => boolean): Promise<Step> {
  const { state, inFlight, scope } = job;
  const possible = (): Step | undefined => {
    const idle = inFlight.size === 0;
    if (hasFailed() || state.nextChunk > state.target!.chunks) return idle ? 'over' : undefined;
    if (workflowInfo().continueAsNewSuggested) return idle ? 'renew' : undefined;
    const free = inFlight.size < undoChunksAllowed(state);
    return free && state.pausedBy.length === 0 ? 'chunk' : undefined;
  };
  let step: Step | undefined;
  await condition(() => (step = possible()) !== undefined);
  // A wait that ends in the very moment in which the undo is cancelled ends well.
  if (scope.consideredCancelled) await scope.cancelRequested;
  return step!;
}

async function runChunk(job: UndoJob, chunk: number): Promise<void> {
  const looks = job.state.phase === 'previewing';
  const summary = looks ? `Look at the users of chunk ${chunk}` : `Undo chunk ${chunk}`;
  const { previewUndo, undoRows } = proxyActivities<Activities>({ ...WHILE_IT_TAKES, summary });
  const request = { ...targetOf(job), chunk };
  undoChunkDone(job, await (looks ? previewUndo(request) : undoRows(request)));
}

/** Waits for the chunks in flight; cancels those that take too long. */
async function drain({ inFlight }: UndoJob, scope: CancellationScope): Promise<void> {
  if (await condition(() => inFlight.size === 0, DRAIN)) return;
  scope.cancel();
  await condition(() => inFlight.size === 0, STOP);
}

async function report(job: UndoJob, write: Activities['writeUndo']): Promise<UndoSummary> {
  const { state } = job;
  state.phase = 'reporting';
  publishDetails(job);
  const written = await write(targetOf(job));
  clearStall(state);
  state.phase = 'done';
  publishDetails(job);
  const { run } = state.target!;
  const undone = state.approved ? state.undone : state.plan;
  return { undoOf: run, undone, ...written };
}

/** The undo ends before its end: the list says how far it got, when it had begun at all. */
async function reportLast(job: UndoJob): Promise<void> {
  const { state } = job;
  if (!state.approved) return;
  try {
    await CancellationScope.nonCancellable(() => report(job, tryToWriteUndo));
  } catch {
    addNotice(state, 'The list could not be written; the undo ends without it.');
    publishDetails(job);
  }
}
