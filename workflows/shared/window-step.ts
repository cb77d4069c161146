/** What a run does next with its chunks. Pure. */
import type { RunRef } from '../../src/contract/ids.js';
import type { Pausable } from './pausing.js';

/** A run whose chunks go through a sliding window, each slot with one of them or with some. */
export interface ChunkedRun<Work> {
  /** The run itself, as its activities name it. */
  ref: RunRef;
  state: Pausable;
  /** What the slots of the window are at. */
  inFlight: Set<Work>;
}

export type WindowStep = 'chunk' | 'continue-as-new' | 'over';

/** What only the window and Temporal know. */
export interface WindowStatus {
  /** A chunk has failed in a way that ends the run. */
  hasFailed: boolean;
  /** The history has become long. */
  continueAsNewSuggested: boolean;
}

/**
 * The step that is possible now; undefined while the run has to wait.
 * @param isAnyLeft whether there are chunks that are not done and not in flight
 * @param allowed how many slots there are
 */
export function windowStep(
  { state, inFlight }: Omit<ChunkedRun<unknown>, 'ref'>,
  { isAnyLeft, allowed }: { isAnyLeft: boolean; allowed: number },
  { hasFailed, continueAsNewSuggested }: WindowStatus,
): WindowStep | undefined {
  const isIdle = inFlight.size === 0;
  if (hasFailed || !isAnyLeft) return isIdle ? 'over' : undefined;
  if (continueAsNewSuggested) return isIdle ? 'continue-as-new' : undefined;
  const isFree = inFlight.size < allowed;
  return isFree && state.pausedBy.length === 0 ? 'chunk' : undefined;
}
