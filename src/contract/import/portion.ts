/**
 * Portions: the unit in which Temporal hears of an import's chunks. One child workflow imports some chunks one after the
 * other, and hands back those that it has not come to.
 */
import type { Mode } from './input.js';
import type { ChunkResult } from './outcomes.js';

/** Rows since the start, or since the last `resume`. */
export interface FailureCount {
  processed: number;
  failed: number;
}

/** How a portion is imported. */
export interface PortionSettings {
  /** What happens to rows whose user exists, as it was when the portion started. */
  mode: Mode;
  /** The input's own: where more fail, the rest of the portion is handed back. */
  haltAboveFailureRate: number;
  /** What the import has counted before. */
  failuresBefore: FailureCount;
}

/** What its first chunks came to. */
export interface PortionResult extends ChunkResult {
  /** How many of them are done; the others are handed back. */
  done: number;
}
