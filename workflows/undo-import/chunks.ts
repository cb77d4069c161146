/** The chunks of an undo: a pass over all of them previews it, another one carries it out. */
import { proxyActivities } from '@temporalio/workflow';
import type { UndoCounts } from '../../src/contract/undo/outcomes.js';
import type { Activities } from '../../activities/index.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { goThroughChunks } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import { publish } from './messages.js';
import { nextStep, noteCancellation, recordChunk, undoRequest, type UndoRun } from './state.js';

/**
 * Previews the undo of every chunk that the pass has not reached yet.
 * @throws the failure of a chunk, or the cancellation
 */
export function previewChunks(run: UndoRun): Promise<void> {
  return pass(run, (chunk) => {
    const { previewUndo } = proxyActivities<Activities>({
      ...ACTIVITY_OPTIONS.previewUndo,
      summary: `Preview the users of chunk ${chunk}`,
    });
    return previewUndo({ ...undoRequest(run), chunk });
  });
}

/**
 * Undoes every chunk that the pass has not reached yet.
 * @throws the failure of a chunk, or the cancellation
 */
export function undoChunks(run: UndoRun): Promise<void> {
  return pass(run, (chunk) => {
    const { undoRows } = proxyActivities<Activities>({
      ...ACTIVITY_OPTIONS.undoRows,
      summary: `Undo chunk ${chunk}`,
    });
    return undoRows({ ...undoRequest(run), chunk });
  });
}

async function pass(run: UndoRun, runChunk: (chunk: number) => Promise<UndoCounts>): Promise<void> {
  const { state, inFlight } = run;
  const end = await goThroughChunks<never, UndoCounts>(run, {
    nextStep: (window) => nextStep(run, window),
    otherSteps: {},
    runChunk,
    onResult: (counts) => recordChunk(state, counts, Date.now()),
    onFailure: (_, error) => error as Error,
    onCancelled: () => {
      if (inFlight.size > 0) noteCancellation(state, Date.now());
    },
    isSafeToStop: state.phase === 'previewing',
    publish: () => publish(run),
  });
  if (end === 'continue-as-new') await continueRun(run);
}
