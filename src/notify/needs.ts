/** Whether the end of a run needs somebody. Pure. */
import { openIn } from '../contract/import/outcomes.js';
import type { Report } from '../contract/report.js';

/** What is known of a run that has come to its end. */
export type Ended = Pick<Report, 'ending' | 'rows' | 'leavers'>;

/**
 * Without a source always: somebody has started the run, and waits for it. Of a source's nights nobody is told that all
 * went as ever, nor twice of a row that stays open.
 * @param night of a source: the rows that its last run has left open, and whether any chunk of this one was lost
 */
export function needsSomebody(
  { ending, rows, leavers }: Ended,
  night: { lastOpen: number; isAnyLost: boolean } | undefined,
): boolean {
  if (!night) return true;
  if (ending === 'unchanged') return false;
  if (ending !== 'done' || night.isAnyLost) return true;
  // Somebody has left, and can still sign in.
  if ((leavers?.failed ?? 0) > 0) return true;
  return openIn(rows) > night.lastOpen;
}
