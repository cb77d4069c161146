/** What a run does next with its chunks. Pure. */
import type { RunRef } from '../../src/contract/ids.js';
import type { Pausable } from './pausing.js';

/** A run whose chunks go through a sliding window. */
export interface ChunkedRun {
  /** The run itself, as its activities name it. */
  ref: RunRef;
  state: Pausable & { nextChunk: number };
  /** Numbers of the chunks in flight. */
  inFlight: Set<number>;
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
 * @param limits how many chunks there are, and how many of them may be in flight
 */
export function windowStep(
  { state, inFlight }: Omit<ChunkedRun, 'ref'>,
  limits: { chunks: number; allowed: number },
  { hasFailed, continueAsNewSuggested }: WindowStatus,
): WindowStep | undefined {
  const isIdle = inFlight.size === 0;
  if (hasFailed || state.nextChunk > limits.chunks) return isIdle ? 'over' : undefined;
  if (continueAsNewSuggested) return isIdle ? 'continue-as-new' : undefined;
  const isFree = inFlight.size < limits.allowed;
  return isFree && state.pausedBy.length === 0 ? 'chunk' : undefined;
}
