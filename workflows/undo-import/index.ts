/**
 * The undo of one import, all its runs together, the newest first: a preview of what would become of each of its
 * users, then what the operator approves is carried out. Its history holds numbers of chunks, and counts.
 */
import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunUndone, UndoSummary } from '../../src/contract/undo/outcomes.js';
import { parseUndoInput } from '../../src/contract/undo/input.js';
import type { Activities } from '../../activities/index.js';
import { moveTo, UNDO_PHASES } from '../../src/contract/status.js';
import type { RunEnd } from '../../src/progress/end-details.js';
import { ACTIVITY_OPTIONS, REPORT_BEFORE_THE_END } from '../shared/activity-options.js';
import { waitUntil } from '../shared/cancellation.js';
import { continueRun, takeCarried } from '../shared/continue-as-new.js';
import { endsRun, fatalFailure, tryToReport } from '../shared/failures.js';
import { addNotice } from '../shared/notices.js';
import { clearStall } from '../shared/pausing.js';
import { retryPreflight } from '../shared/preflight.js';
import { startRun } from '../shared/start-run.js';
import { undoStateSchema } from './carried.js';
import { previewChunks, undoChunks } from './chunks.js';
import { handleMessages, publish } from './messages.js';
import {
  awaitApproval,
  beginPass,
  begunRuns,
  isUndoneAlready,
  newState,
  setTarget,
  runUndone,
  summaryOf,
  undoRequest,
  type UndoRun,
} from './state.js';

const { prepareUndo } = proxyActivities<Activities>(ACTIVITY_OPTIONS.prepareUndo);
const { writeUndo } = proxyActivities<Activities>(ACTIVITY_OPTIONS.writeUndo);
const { writeUndo: writeLastList } = proxyActivities<Activities>({
  ...ACTIVITY_OPTIONS.writeUndo,
  ...REPORT_BEFORE_THE_END,
});

/**
 * @param request the undo's input, see UndoRequest
 * @param carried the state of an earlier execution of this same undo, handed over by continue-as-new
 */
export async function undoImport(request: unknown, carried?: unknown): Promise<UndoSummary> {
  const { ref, input } = startRun(request, parseUndoInput);
  const state = takeCarried(carried, undoStateSchema) ?? newState();
  const run: UndoRun = { ref, input, state, inFlight: new Set() };
  handleMessages(run);
  publish(run);
  try {
    if (!state.target) await prepare(run);
    if (state.phase === 'previewing') await previewChunks(run);
    if (!isUndoneAlready(state)) await untilApproved(run);
    if (state.phase === 'undoing') await undoChunks(run);
    return await report(run, writeUndo, { title: 'Done.' });
  } catch (error) {
    if (!endsRun(error)) throw error;
    await reportLast(run, error);
    throw fatalFailure(error) ?? error;
  }
}

/** Finds the import's runs. */
async function prepare(run: UndoRun): Promise<void> {
  const { ref, input, state } = run;
  const target = await retryPreflight(
    run,
    () => prepareUndo({ undo: ref, input }),
    (text) => {
      addNotice(state, text, Date.now());
      publish(run);
    },
  );
  setTarget(state, target);
  beginPass(state, 'previewing', Date.now());
  publish(run);
}

/** Shows the plan, and waits for its approval. */
async function untilApproved(run: UndoRun): Promise<void> {
  const { state } = run;
  const isApproved = () => state.approved;
  if (isApproved()) return;
  if (state.phase === 'previewing') {
    awaitApproval(state, Date.now());
    publish(run);
  }
  await waitUntil(
    CancellationScope.current(),
    () => isApproved() || workflowInfo().continueAsNewSuggested,
  );
  if (!isApproved()) await continueRun(run);
}

/** @param ending how it ends, and why where it fails, for Temporal's UI */
async function report(
  run: UndoRun,
  write: Activities['writeUndo'],
  ending: Pick<RunEnd, 'title' | 'failure'>,
): Promise<UndoSummary> {
  const { state } = run;
  moveTo(UNDO_PHASES, state, 'reporting');
  publish(run);
  const runs: RunUndone[] = [];
  for (let index = 0; index < begunRuns(state); index++) {
    const written = await write(undoRequest(run, index));
    runs.push({ ...runUndone(state, index), ...written });
  }
  clearStall(state);
  moveTo(UNDO_PHASES, state, 'done');
  publish(run, { ...ending, left: runs, steps: stepsAfter(run) });
  return summaryOf(run, runs);
}

/** The undo fails or is cancelled: the list says how far it got, if it was approved at all. */
async function reportLast(run: UndoRun, error: unknown): Promise<void> {
  const { state } = run;
  if (isCancellation(error)) state.cancelled = true;
  const failure = fatalFailure(error)?.message;
  const title = isCancellation(error) ? 'Cancelled.' : 'Failed.';
  if (!state.approved) {
    publish(run, { title: `${title} Nobody was deleted or restored.`, failure, steps: [] });
    return;
  }
  const ending = { title, failure };
  if (await tryToReport(() => report(run, writeLastList, ending))) return;
  addNotice(state, 'The list could not be written; the undo ends without it.', Date.now());
  publish(run, { ...ending, steps: stepsAfter(run) });
}

function stepsAfter({ input: { workflowId } }: UndoRun): RunEnd['steps'] {
  return [{ what: 'Show the report of the import', command: `user-import report ${workflowId}` }];
}
