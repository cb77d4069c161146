/** Users of a source who are not in its file, in counts. Pure. */
import type { LeaverOutcome, Report } from '../contract/report.js';
import { formatNumber } from '../format.js';

export type LeaverCounts = NonNullable<Report['leavers']>;

/** In the order in which they are told, each in the words that come after a number. */
export const LEAVERS: Record<LeaverOutcome, string> = {
  deactivated: 'deactivated',
  deleted: 'deleted',
  missing: 'reported, and left as they are',
  would_deactivate: 'would be deactivated',
  would_delete: 'would be deleted',
  unchanged: 'gone or inactive already, or let in again by hand',
  left_alone: 'left alone',
  failed: 'failed',
  skipped: 'kept, since existing users were skipped',
  undecided: 'undecided',
  unprocessed: 'not reached',
};

export const LEAVER_OUTCOMES = Object.keys(LEAVERS) as LeaverOutcome[];

export function noLeavers(): LeaverCounts {
  return Object.fromEntries(LEAVER_OUTCOMES.map((outcome) => [outcome, 0])) as LeaverCounts;
}

/** `5 deactivated, 1 failed`; undefined where nobody is missing. */
export function describeLeavers(leavers: LeaverCounts | undefined): string | undefined {
  const told = LEAVER_OUTCOMES.filter((outcome) => (leavers?.[outcome] ?? 0) > 0);
  if (told.length === 0) return undefined;
  return told.map((outcome) => `${formatNumber(leavers![outcome])} ${LEAVERS[outcome]}`).join(', ');
}

type Left = Extract<LeaverOutcome, 'deactivated' | 'deleted' | 'would_deactivate' | 'would_delete'>;

/** A run as its report has it; one from before there were sources has none of these. */
interface LeftRun {
  rows: Partial<Record<Left, number>>;
  leavers?: Report['leavers'];
}

/** Users of a run who lose their access, or in a live dry run would: those who are missing, and those whose row says so. */
export function leftIn({ rows, leavers }: LeftRun, ...how: Left[]): number {
  return how.reduce((sum, each) => sum + (rows[each] ?? 0) + (leavers?.[each] ?? 0), 0);
}

/** Users whom a run has created or changed: whom an undo of it looks at. */
export function changedIn(run: Pick<Report, 'rows' | 'leavers'>): number {
  return run.rows.created + run.rows.updated + leftIn(run, 'deactivated', 'deleted');
}

/** Leavers who are still to leave. */
export function stayedOf(leavers: LeaverCounts | undefined): number {
  if (!leavers) return 0;
  const { left_alone, failed, skipped, undecided, unprocessed } = leavers;
  return left_alone + failed + skipped + undecided + unprocessed;
}
