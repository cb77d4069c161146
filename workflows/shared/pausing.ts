/** What keeps a run from starting anything new: reasons to pause, and what its activities wait for. Pure. */
import type { PauseReason, Stall } from '../../src/contract/status.js';

export interface Pausable {
  pausedBy: PauseReason[];
  /** What the activities wait for. */
  stall?: Stall;
}

/** @returns whether this reason is new */
export function pause(state: Pausable, reason: PauseReason): boolean {
  if (state.pausedBy.includes(reason)) return false;
  state.pausedBy = [...state.pausedBy, reason];
  return true;
}

/**
 * The operator's `resume` ends a pause, whatever its reasons.
 * @returns whether the run was paused
 */
export function endPause(state: Pausable): boolean {
  const wasPaused = state.pausedBy.length > 0;
  state.pausedBy = [];
  return wasPaused;
}

/** Once nothing is in flight, no chunk could report the end of a stall: the next chunk finds out. */
export function clearStall(state: Pausable): void {
  delete state.stall;
  state.pausedBy = state.pausedBy.filter((reason) => reason !== 'token');
}
