/** A running undo and what it shows. */
import { setCurrentDetails, type CancellationScope } from '@temporalio/workflow';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import type { UndoInput, UndoTarget } from '../../src/contract/undo/input.js';
import {
  addUndoCounts,
  NO_UNDO_COUNTS,
  rowsOfUndo,
  type UndoCounts,
} from '../../src/contract/undo/outcomes.js';
import type { UndoTask } from '../../src/contract/undo/input.js';
import type { RunRef } from '../../src/contract/ids.js';
import type { Notice } from '../../src/contract/import/progress.js';
import type { StallReport } from '../../src/contract/stall.js';
import { currentLimit, increase, NO_LIMIT, type AimdLimit } from '../../src/flow-control/aimd.js';
import { addSample, etaSeconds, ratePerSecond, type RateSample } from '../../src/progress/rate.js';
import { renderUndoDetails } from '../../src/progress/undo-details.js';
import { addNotice } from '../import-users/state.js';

/** Each asks Kratos for eight users at once. */
const CHUNKS_AT_ONCE = 4;

export interface UndoJob {
  /** The undo itself. */
  undo: RunRef;
  input: UndoInput;
  state: UndoState;
  /** Numbers of the chunks in flight. */
  inFlight: Set<number>;
  /** The undo's own scope: cancelled when the undo is. */
  scope: CancellationScope;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface UndoState {
  phase: UndoProgress['phase'];
  target?: UndoTarget;
  pausedBy: ('operator' | 'token')[];
  approved: boolean;
  /** What the look at all users has found so far, and what has been done since. */
  plan: UndoCounts;
  undone: UndoCounts;
  /** Of the pass that is under way. */
  nextChunk: number;
  chunksDone: number;
  limit: AimdLimit;
  stall?: StallReport['kind'];
  samples: RateSample[];
  notices: Notice[];
}

export function newUndoState(): UndoState {
  return {
    phase: 'preflight',
    pausedBy: [],
    approved: false,
    plan: NO_UNDO_COUNTS,
    undone: NO_UNDO_COUNTS,
    nextChunk: 1,
    chunksDone: 0,
    limit: NO_LIMIT,
    samples: [],
    notices: [],
  };
}

/** What activities are asked for. */
export function targetOf({ undo, input, state }: UndoJob): UndoTask {
  const { actor, force } = input;
  return { run: state.target!.run, undo, actor, force };
}

/** All users are gone through from here on: looked at, or taken back. */
export function beginPass(state: UndoState, phase: 'previewing' | 'undoing'): void {
  state.phase = phase;
  state.nextChunk = 1;
  state.chunksDone = 0;
  startUndoRate(state);
}

/** The rate counts from here on. */
export function startUndoRate(state: UndoState): void {
  state.samples = [{ at: Date.now(), done: rowsOfUndo(countsOf(state)) }];
}

export function undoChunkDone({ state }: UndoJob, counts: UndoCounts): void {
  const sum = addUndoCounts(countsOf(state), counts);
  if (state.approved) state.undone = sum;
  else state.plan = sum;
  state.chunksDone++;
  state.samples = addSample(state.samples, { at: Date.now(), done: rowsOfUndo(sum) });
  state.limit = increase(state.limit, CHUNKS_AT_ONCE);
  if (state.stall && state.stall !== 'overloaded') {
    addNotice(state, 'It works again; the undo goes on.');
  }
  clearStall(state);
}

/** No chunk is left that could say that the trouble is over: the next one finds out. */
export function clearStall(state: UndoState): void {
  delete state.stall;
  state.pausedBy = state.pausedBy.filter((reason) => reason !== 'token');
}

/** Chunks that may be in flight now. */
export function undoChunksAllowed({ limit }: UndoState): number {
  return currentLimit(limit, CHUNKS_AT_ONCE);
}

/** Of the pass that is under way. */
function countsOf({ approved, plan, undone }: UndoState): UndoCounts {
  return approved ? undone : plan;
}

/** Puts the progress where the Temporal UI shows it. */
export function publishDetails(job: UndoJob): void {
  setCurrentDetails(renderUndoDetails(toUndoProgress(job), job.undo.workflowId));
}

export function toUndoProgress({ input, state, inFlight }: UndoJob): UndoProgress {
  const { phase, target, plan, undone, notices } = state;
  const paused = state.pausedBy.length > 0 && phase !== 'reporting' && phase !== 'done';
  const done = rowsOfUndo(countsOf(state));
  const total = target?.rows ?? 0;
  const moves = (phase === 'previewing' || phase === 'undoing') && !state.stall && !paused;
  const rate = moves ? ratePerSecond(state.samples) : null;
  return {
    phase,
    paused,
    undoOf: target?.run ?? null,
    forced: input.force,
    rows: { total, done },
    chunks: {
      total: target?.chunks ?? 0,
      done: state.chunksDone,
      inFlight: inFlight.size,
      allowed: undoChunksAllowed(state),
    },
    ratePerSecond: rate,
    etaSeconds: etaSeconds(rate, total - done),
    plan: { ...plan, warnings: target?.warnings ?? [] },
    undone,
    notices,
  };
}
