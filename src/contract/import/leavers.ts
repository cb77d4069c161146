/** What validation has found of a source's users, and when somebody is asked before any of them leaves. */
import { formatNumber } from '../../format.js';
import type { Portion } from './open-chunks.js';
import type { ImportInput } from './input.js';

/** In counts alone: it goes into the history. */
export interface SourceFindings {
  /** Users of the source who can sign in. */
  scope: number;
  /** Users of the source who are not in the file. */
  leavers: number;
  /** Users of the source whose row says that they are to be deleted, or deactivated where they can sign in. */
  told: number;
  /** Invalid rows of which nobody can tell whose they are. */
  unreadable: number;
  /** Users of rows who are of no source. */
  adoptable: number;
  /** Rows that are unchanged in file and Kratos. */
  settled: number;
  /** The chunks to import, as ranges: the others have only settled and invalid rows. */
  open: Portion[];
  /** Of the others. */
  skippedRows: number;
  skippedInvalid: number;
  skippedChunks: number;
}

/**
 *   too_many         more than `atMost` of the source would leave
 *   file_shrank      the file has fewer rows than the last one, by more than `atMost`
 *   unreadable_rows  somebody would leave, and there are rows of which nobody can tell whose they are
 */
export type WhyAsk = 'too_many' | 'file_shrank' | 'unreadable_rows';

/**
 * Why somebody has to approve before anything is done; nothing where nobody has to.
 * @param rows of the file
 * @param lastRows of the file of the source's last finished run
 */
export function whyAsk(
  found: SourceFindings,
  rows: number,
  lastRows: number | undefined,
  { do: what, atMost }: ImportInput['missing'],
): WhyAsk[] {
  const acts = what === 'deactivate' || what === 'delete';
  const leaving = leavingOf(found, what);
  const why: WhyAsk[] = [];
  if (leaving > 0 && leaving > atMost * found.scope) why.push('too_many');
  // Also where nobody leaves: half a file would change half the people.
  if (acts && lastRows !== undefined && rows < lastRows * (1 - atMost)) why.push('file_shrank');
  if (acts && found.unreadable > 0 && found.leavers > 0) why.push('unreadable_rows');
  return why;
}

/** How many users would lose their access: those who are missing, and those whose row says so. */
function leavingOf({ told, leavers }: SourceFindings, what: ImportInput['missing']['do']): number {
  return told + (what === 'deactivate' || what === 'delete' ? leavers : 0);
}

/** In numbers alone, as sentences. */
export function describeWhy(
  why: readonly WhyAsk[],
  found: SourceFindings,
  rows: number,
  lastRows: number | undefined,
  { do: what }: ImportInput['missing'],
): string {
  const leaving = leavingOf(found, what);
  const texts: Record<WhyAsk, string> = {
    too_many: `${formatNumber(leaving)} of the ${formatNumber(found.scope)} users of the source who can sign in would lose their access.${byRows(found)}`,
    file_shrank: `The file has ${formatNumber(rows)} rows, and ${formatNumber(lastRows ?? 0)} in the last run.`,
    unreadable_rows: `${formatNumber(found.unreadable)} rows cannot be read: whose they are, nobody can tell.`,
  };
  return why.map((each) => texts[each]).join(' ');
}

/** These are in the file, so that no list of who is missing has them. */
function byRows({ told }: SourceFindings): string {
  return told > 0 ? ` ${formatNumber(told)} of them by their row, in its column action.` : '';
}
