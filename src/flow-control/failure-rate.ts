/** When an import pauses by itself: more of its rows fail than its input accepts. Pure. */

import type { FailureCount } from '../contract/import/portion.js';

/** Below this a few bad rows would be a large share. */
const FEWEST_ROWS = 50;

/** @param rate the input's `haltAboveFailureRate`, 0 to 1 */
export function isTooHigh({ processed, failed }: FailureCount, rate: number): boolean {
  return processed >= FEWEST_ROWS && failed / processed > rate;
}
