/** The state of a running undo. Pure: `now` is the workflow's clock, in milliseconds since 1970. */
import type { Notice } from '../../src/contract/import/progress.js';
import { moveTo, UNDO_PHASES, type UndoPhase } from '../../src/contract/status.js';
import {
  addUndoCounts,
  NO_UNDO_COUNTS,
  rowsOfUndo,
  type UndoCounts,
} from '../../src/contract/undo/outcomes.js';
import type { UndoInput, UndoTarget, UndoTask } from '../../src/contract/undo/input.js';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import { currentLimit, increase, NO_LIMIT, type AimdLimit } from '../../src/flow-control/aimd.js';
import type { Told } from '../../src/notify/rules.js';
import { addSample, etaSeconds, ratePerSecond, type RateSample } from '../../src/progress/rate.js';
import { addNotice } from '../shared/notices.js';
import { clearStall, type Pausable } from '../shared/pausing.js';
import {
  windowStep,
  type ChunkedRun,
  type WindowStatus,
  type WindowStep,
} from '../shared/window-step.js';

/** Each chunk asks Kratos for eight users at once. */
export const CONCURRENCY = 4;

/** The undo itself, not the import that it undoes: that is its target. */
export interface UndoRun extends ChunkedRun {
  input: UndoInput;
  state: UndoState;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface UndoState extends Pausable {
  phase: UndoPhase;
  /** Set once the import is found. */
  target?: UndoTarget;
  approved: boolean;
  /** What operators were told; absent: nobody is to be told. */
  told?: Told | undefined;
  /** What the preview has found so far, and what has been done since the approval. */
  plan: UndoCounts;
  undone: UndoCounts;
  /** Of the pass over all chunks that is under way. */
  nextChunk: number;
  chunksDone: number;
  limit: AimdLimit;
  samples: RateSample[];
  notices: Notice[];
}

export function newState(): UndoState {
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

/** What the activities need to know. */
export function undoRequest({ ref, input, state }: UndoRun): UndoTask {
  const { actor, force } = input;
  return { run: state.target!.run, undo: ref, actor, force };
}

/** What the undo can do next with its chunks. */
export function nextStep(run: UndoRun, window: WindowStatus): WindowStep | undefined {
  const { state } = run;
  return windowStep(run, { chunks: state.target!.chunks, allowed: allowedChunks(state) }, window);
}

/** Begins a pass over all chunks: the preview, or the undo itself. */
export function beginPass(state: UndoState, phase: 'previewing' | 'undoing', now: number): void {
  moveTo(UNDO_PHASES, state, phase);
  state.nextChunk = 1;
  state.chunksDone = 0;
  startRate(state, now);
}

/** The rate counts from here on. */
export function startRate(state: UndoState, now: number): void {
  state.samples = [{ at: now, done: rowsOfUndo(countsOf(state)) }];
}

export function recordChunk(state: UndoState, counts: UndoCounts, now: number): void {
  const sum = addUndoCounts(countsOf(state), counts);
  if (state.approved) state.undone = sum;
  else state.plan = sum;
  state.chunksDone++;
  state.samples = addSample(state.samples, { at: now, done: rowsOfUndo(sum) });
  state.limit = increase(state.limit, CONCURRENCY);
  if (state.stall && state.stall !== 'overloaded') {
    addNotice(state, 'It works again; the undo goes on.', now);
  }
  clearStall(state);
}

/** Chunks that may be in flight now. */
export function allowedChunks({ limit }: UndoState): number {
  return currentLimit(limit, CONCURRENCY);
}

/** Of the pass that is under way. */
function countsOf({ approved, plan, undone }: UndoState): UndoCounts {
  return approved ? undone : plan;
}

/** Every user is undone already, by an earlier undo: nothing is left to approve. */
export function isUndoneAlready({ plan, target }: UndoState): boolean {
  return plan.undoneBefore === target!.rows;
}

export function awaitApproval(state: UndoState, now: number): void {
  moveTo(UNDO_PHASES, state, 'awaiting-approval');
  addNotice(
    state,
    'The plan is ready; nobody has been deleted or restored yet. Approve it to go on.',
    now,
  );
}

/** The undo is cancelled while chunks are in flight. */
export function noteCancellation(state: UndoState, now: number): void {
  addNotice(
    state,
    state.approved
      ? 'Cancelled: what is in flight finishes, then the list is written.'
      : 'Cancelled: the preview stops; nobody was deleted or restored, and no list is written.',
    now,
  );
}

/** The answer of the query `progress`. */
export function toProgress({ input, state, inFlight }: UndoRun): UndoProgress {
  const { phase, target, plan, undone, notices } = state;
  const isPaused = state.pausedBy.length > 0 && phase !== 'reporting' && phase !== 'done';
  const done = rowsOfUndo(countsOf(state));
  const total = target?.rows ?? 0;
  const isMoving = (phase === 'previewing' || phase === 'undoing') && !state.stall && !isPaused;
  const rate = isMoving ? ratePerSecond(state.samples) : null;
  return {
    phase,
    paused: isPaused,
    undoOf: target?.run ?? null,
    forced: input.force,
    rows: { total, done },
    chunks: {
      total: target?.chunks ?? 0,
      done: state.chunksDone,
      inFlight: inFlight.size,
      allowed: allowedChunks(state),
    },
    ratePerSecond: rate,
    etaSeconds: etaSeconds(rate, total - done),
    plan: { ...plan, warnings: target?.warnings ?? [] },
    undone,
    notices,
  };
}
