/**
 * What the operator's commands do to a running undo, and the reports of its activities. Pure: `now` is the workflow's
 * clock, in milliseconds since 1970.
 */
import type { UndoCommandName } from '../../src/contract/undo/commands.js';
import type { StallReport } from '../../src/contract/stall.js';
import { decrease } from '../../src/flow-control/aimd.js';
import { addNotice } from '../shared/notices.js';
import { endPause, pause } from '../shared/pausing.js';
import { beginPass, CONCURRENCY, startRate, type UndoRun, type UndoState } from './state.js';

type CheckedUndoCommand = { ok: true; command: UndoCommandName } | { ok: false; refusal: string };

/** Refuses a command that makes no sense now. */
export function checkCommand(
  state: UndoState,
  name: UndoCommandName,
  isCancelled: boolean,
): CheckedUndoCommand {
  const refusal = refusalOf(state, name, isCancelled);
  return refusal === undefined
    ? { ok: true, command: name }
    : { ok: false, refusal: `${name}: ${refusal}` };
}

function refusalOf(
  { phase }: UndoState,
  name: UndoCommandName,
  isCancelled: boolean,
): string | undefined {
  if (isCancelled) return 'the undo is being cancelled.';
  if (phase === 'reporting') return 'the undo is writing its report.';
  if (name === 'approve' && phase !== 'awaiting-approval') return 'nothing waits for approval.';
  return undefined;
}

export function applyCommand(state: UndoState, name: UndoCommandName, now: number): void {
  switch (name) {
    case 'pause':
      if (pause(state, 'operator')) {
        const text = 'Paused: nothing new starts, what is in flight finishes. Go on with resume.';
        addNotice(state, text, now);
      }
      break;
    case 'resume':
      if (!endPause(state)) return;
      startRate(state, now);
      addNotice(state, 'Resumed.', now);
      break;
    case 'approve':
      state.approved = true;
      beginPass(state, 'undoing', now);
      addNotice(state, 'Approved: the import is being undone.', now);
  }
}

/** An activity waits for something: the undo slows down or pauses, and says why. */
export function applyStall(
  { state, ref, inFlight }: UndoRun,
  { runId, kind, text }: StallReport,
  now: number,
): void {
  const isWorking = inFlight.size > 0 || state.phase === 'reporting';
  // Late, from a chunk that is done or from an earlier run: nothing would ever report the end of this stall.
  if (runId !== ref.runId || !isWorking) return;
  if (kind === 'overloaded') {
    state.limit = decrease(state.limit, CONCURRENCY, now);
    state.stall ??= kind;
    return;
  }
  state.stall = kind;
  const isNewPause = kind === 'unauthorized' && pause(state, 'token');
  addNotice(state, isNewPause ? `Paused. ${text}` : text, now);
}
