/** What a row can come to, and the counters that add the rows up. */
import type { ImportCode, RowCode } from './codes.js';

export const OUTCOMES = [
  'created',
  'skipped',
  'failed',
  'invalid',
  'undecided',
  'unprocessed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where a created user stands with the mail that invites them to set a password. */
type InvitationState = 'none' | 'due';

/** One row's outcome as it is kept with its chunk and as it becomes a line of results.csv. */
export interface RowOutcome {
  line: number;
  email: string;
  outcome: Outcome;
  identityId?: string;
  codes?: (RowCode | ImportCode)[];
  /** Why, in words. Goes into rejects.csv only. */
  reason?: string;
  invitation: InvitationState;
  /** The row's own text, kept for rejects.csv when Kratos refused it. */
  raw?: string;
}

/** Counters of one chunk: all that its workflow's history holds of its rows. */
export interface ChunkCounts {
  created: number;
  skipped: number;
  failed: number;
  invalid: number;
}

export const NO_COUNTS: Readonly<ChunkCounts> = { created: 0, skipped: 0, failed: 0, invalid: 0 };

export function addCounts(a: ChunkCounts, b: ChunkCounts): ChunkCounts {
  return {
    created: a.created + b.created,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    invalid: a.invalid + b.invalid,
  };
}

/** How many rows the counters stand for. */
export function rowsIn(counts: ChunkCounts): number {
  return counts.created + counts.skipped + counts.failed + counts.invalid;
}
