/** The state of a running undo. Pure: `now` is the workflow's clock, in milliseconds since 1970. */
import type { Notice } from '../../src/contract/import/progress.js';
import { moveTo, UNDO_PHASES, type UndoPhase } from '../../src/contract/status.js';
import {
  addRunUndoCounts,
  addUndoCounts,
  NO_RUN_UNDO_COUNTS,
  NO_UNDO_COUNTS,
  rowsOfUndo,
  type RunUndoCounts,
  type UndoCounts,
  type RunUndone,
  type UndoPreview,
  type UndoScope,
  type UndoSummary,
} from '../../src/contract/undo/outcomes.js';
import type { RunRef } from '../../src/contract/ids.js';
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
export interface UndoRun extends ChunkedRun<number> {
  input: UndoInput;
  state: UndoState;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface UndoState extends Pausable {
  phase: UndoPhase;
  /** It ends, once what is in flight has. */
  cancelled?: true;
  /** Set once the import is found. */
  target?: UndoTarget;
  /** What was counted for each of its runs. */
  runs: { plan: RunUndoCounts; undone: RunUndoCounts }[];
  approved: boolean;
  /** What operators were told; absent: nobody is to be told. */
  told?: Told | undefined;
  /** What the preview has found so far, and what has been done since the approval. */
  plan: UndoPreview;
  undone: UndoCounts;
  /** Of the pass over all chunks of all runs that is under way: they count through. */
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
    runs: [],
    plan: { ...NO_UNDO_COUNTS, counted: 0 },
    undone: NO_UNDO_COUNTS,
    nextChunk: 1,
    chunksDone: 0,
    limit: NO_LIMIT,
    samples: [],
    notices: [],
  };
}

/** The import was found. */
export function setTarget(state: UndoState, target: UndoTarget): void {
  state.target = target;
  state.runs = target.runs.map(() => ({ plan: NO_RUN_UNDO_COUNTS, undone: NO_RUN_UNDO_COUNTS }));
}

/** A chunk by its run and its number there. */
export interface Place {
  /** Of the run among those that are undone. */
  index: number;
  chunk: number;
}

/** @param number of a chunk, counted through over all runs from 1 */
export function placeOf({ runs }: UndoTarget, number: number): Place {
  let earlier = 0;
  for (const [index, { chunks }] of runs.entries()) {
    if (number <= earlier + chunks) return { index, chunk: number - earlier };
    earlier += chunks;
  }
  throw new Error(`There is no chunk ${number}.`);
}

/** What the activities need to know. */
export function undoRequest({ ref, input, state }: UndoRun, index: number): UndoTask {
  const { actor, force } = input;
  return { run: state.target!.runs[index]!.run, undo: ref, actor, force };
}

/** Runs that are undone before this one, and updated users: what they have changed is put back by then. */
export function laterUpdates({ runs }: UndoTarget, index: number): RunRef[] {
  return runs.slice(0, index).flatMap(({ run, updated }) => (updated > 0 ? [run] : []));
}

/** How many runs the undo has begun with: the newest ones. */
export function begunRuns({ target, approved, nextChunk }: UndoState): number {
  if (!approved) return target!.runs.length;
  return placeOf(target!, Math.max(1, nextChunk - 1)).index + 1;
}

/** What the undo can do next with its chunks. No chunk starts while one of a later run is not done. */
export function nextStep(run: UndoRun, window: WindowStatus): WindowStep | undefined {
  const { state, inFlight } = run;
  const target = state.target!;
  const chunks = sumOf(target.runs, 'chunks');
  const isAnyLeft = state.nextChunk <= chunks;
  const step = windowStep(run, { isAnyLeft, allowed: allowedChunks(state) }, window);
  if (step !== 'chunk') return step;
  const { index } = placeOf(target, state.nextChunk);
  return [...inFlight].every((number) => placeOf(target, number).index === index)
    ? step
    : undefined;
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

/** @param index of the run among those that are undone */
export function recordChunk(
  state: UndoState,
  index: number,
  counts: UndoCounts | UndoPreview,
  now: number,
): void {
  const sum = addUndoCounts(countsOf(state), counts);
  const ofRun = state.runs[index]!;
  if ('counted' in counts) {
    state.plan = { ...sum, counted: state.plan.counted + counts.counted };
    ofRun.plan = addRunUndoCounts(ofRun.plan, counts);
  } else {
    state.undone = sum;
    ofRun.undone = addRunUndoCounts(ofRun.undone, counts);
  }
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
  return plan.undoneBefore === sumOf(target!.runs, 'rows');
}

function sumOf(runs: UndoTarget['runs'], key: 'rows' | 'chunks'): number {
  return runs.reduce((sum, run) => sum + run[key], 0);
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
  state.cancelled = true;
  addNotice(
    state,
    state.approved
      ? 'Cancelled: what is in flight finishes, then the list is written.'
      : 'Cancelled: the preview stops; nobody was deleted or restored, and no list is written.',
    now,
  );
}

/** One of the runs, and what became of its users. */
export function runUndone(
  { target, runs, approved }: UndoState,
  index: number,
): Pick<RunUndone, 'run' | 'undone'> {
  const { plan, undone } = runs[index]!;
  return { run: target!.runs[index]!.run, undone: approved ? undone : plan };
}

/** @param begun those of its runs that it has begun to undo */
export function summaryOf({ input, state }: UndoRun, begun: RunUndone[]): UndoSummary {
  const { counted: _, ...plan } = state.plan;
  const notBegun = sumOf(state.target!.runs.slice(begun.length), 'rows');
  return {
    undoOf: scopeOf(input),
    undone: state.approved ? state.undone : plan,
    notReached: begun.reduce((sum, { notReached }) => sum + notReached, notBegun),
    runs: begun,
  };
}

function scopeOf({ workflowId, runId }: UndoInput): UndoScope {
  return { workflowId, runId: runId ?? null };
}

/** The answer of the query `progress`. */
export function toProgress({ input, state, inFlight }: UndoRun): UndoProgress {
  const { phase, target, plan, undone, notices } = state;
  const isCancelling = state.cancelled === true && phase !== 'done';
  const isAtItsEnd = isCancelling || phase === 'reporting' || phase === 'done';
  const isPaused = state.pausedBy.length > 0 && !isAtItsEnd;
  const done = rowsOfUndo(countsOf(state));
  const runs = target?.runs ?? [];
  const total = sumOf(runs, 'rows');
  const isUnderWay = phase === 'previewing' || phase === 'undoing';
  const isMoving = isUnderWay && !state.stall && !isPaused && !isCancelling;
  const rate = isMoving ? ratePerSecond(state.samples) : null;
  return {
    phase,
    paused: isPaused,
    cancelling: isCancelling,
    undoOf: scopeOf(input),
    runs: runs.map(({ run, startedAt, file, rows }, index) => {
      return { run, startedAt, file, rows, ...state.runs[index]! };
    }),
    left: target?.left ?? [],
    forced: input.force,
    rows: { total, done },
    chunks: {
      total: sumOf(runs, 'chunks'),
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
