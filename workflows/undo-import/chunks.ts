/** The chunks of an undo: a pass over all of them previews it, another one carries it out. */
import { proxyActivities } from '@temporalio/workflow';
import type { UndoCounts } from '../../src/contract/undo/outcomes.js';
import type { Activities } from '../../activities/index.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { goThroughChunks } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import { publish } from './messages.js';
import {
  laterUpdates,
  nextStep,
  noteCancellation,
  placeOf,
  recordChunk,
  undoRequest,
  type Place,
  type UndoRun,
} from './state.js';

/**
 * Previews the undo of every chunk that the pass has not reached yet.
 * @throws the failure of a chunk, or the cancellation
 */
export function previewChunks(run: UndoRun): Promise<void> {
  return pass(run, ({ index, chunk }) => {
    const { previewUndo } = proxyActivities<Activities>({
      ...ACTIVITY_OPTIONS.previewUndo,
      summary: `Preview the users of ${describePlace(run, { index, chunk })}`,
    });
    const later = laterUpdates(run.state.target!, index);
    return previewUndo({ ...undoRequest(run, index), chunk, later });
  });
}

/**
 * Undoes every chunk that the pass has not reached yet.
 * @throws the failure of a chunk, or the cancellation
 */
export function undoChunks(run: UndoRun): Promise<void> {
  return pass(run, ({ index, chunk }) => {
    const { undoRows } = proxyActivities<Activities>({
      ...ACTIVITY_OPTIONS.undoRows,
      summary: `Undo ${describePlace(run, { index, chunk })}`,
    });
    return undoRows({ ...undoRequest(run, index), chunk });
  });
}

/** `chunk 3 of run 2`: the newest run is the first one. */
function describePlace({ state }: UndoRun, { index, chunk }: Place): string {
  return `chunk ${chunk}${state.target!.runs.length > 1 ? ` of run ${index + 1}` : ''}`;
}

interface ChunkResult {
  index: number;
  counts: UndoCounts;
}

async function pass(run: UndoRun, runChunk: (place: Place) => Promise<UndoCounts>): Promise<void> {
  const { state, inFlight } = run;
  const end = await goThroughChunks<never, number, ChunkResult>(run, {
    nextStep: (window) => nextStep(run, window),
    otherSteps: {},
    take: () => state.nextChunk++,
    run: async (number) => {
      const place = placeOf(state.target!, number);
      return { index: place.index, counts: await runChunk(place) };
    },
    onResult: (_, { index, counts }) => recordChunk(state, index, counts, Date.now()),
    onFailure: (_, error) => error as Error,
    onCancelled: () => {
      if (inFlight.size > 0) noteCancellation(state, Date.now());
    },
    isSafeToStop: state.phase === 'previewing',
    publish: () => publish(run),
  });
  if (end === 'continue-as-new') await continueRun(run);
}
