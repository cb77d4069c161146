/** When an import pauses by itself: more of its rows fail than its input accepts. Pure. */

/** Rows since the start, or since the last `resume`. */
export interface FailureCount {
  processed: number;
  failed: number;
}

/** Below this a few bad rows would be a large share. */
const FEWEST_ROWS = 50;

/** @param rate the input's `haltAboveFailureRate`, 0 to 1 */
export function isTooHigh({ processed, failed }: FailureCount, rate: number): boolean {
  return processed >= FEWEST_ROWS && failed / processed > rate;
}
