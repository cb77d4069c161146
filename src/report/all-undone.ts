/** What undos have made of all runs of an import, as its newest report has them. Pure. */
import { addCodes } from '../contract/findings.js';
import type { Attempt, Report, Undone } from '../contract/report.js';
import { changedIn } from './leavers.js';

type ReportOfAll = Pick<Report, 'attempts' | 'rows' | 'leavers' | 'undone' | 'finishedAt'>;

/**
 * Told as one; undefined where nothing was undone since the report was written. What was undone before that is no part of
 * its sum: the same file was imported anew.
 */
export function overallUndone(report: ReportOfAll): Undone | undefined {
  const written = Date.parse(report.finishedAt);
  const all = runsOf(report)
    .flatMap(({ undone }) => undone ?? [])
    .filter(({ at }) => !(Date.parse(at) <= written));
  const [last, ...others] = all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return last && others.reduce(addUndone, last);
}

function addUndone(a: Undone, b: Undone): Undone {
  return {
    ...a,
    forced: a.forced || b.forced,
    deleted: a.deleted + b.deleted,
    restored: a.restored + b.restored,
    already_deleted: a.already_deleted + b.already_deleted,
    mailed: a.mailed + b.mailed,
    not_reached: a.not_reached + b.not_reached,
    kept: addCodes(a.kept as Required<Undone['kept']>, b.kept as Required<Undone['kept']>),
  };
}

/** Runs that have created or changed users and that nobody has undone; none where no run was undone since. */
export function leftStanding(report: ReportOfAll): number {
  if (!overallUndone(report)) return 0;
  return runsOf(report).filter((run) => changedIn(run) > 0 && !run.undone).length;
}

function runsOf(report: ReportOfAll): Pick<Attempt, 'rows' | 'leavers' | 'undone'>[] {
  return [...(report.attempts ?? []), report];
}

/** Users whom an undo has left as they are: kept, or not reached. */
export function leftByUndo({ kept, not_reached }: Undone): number {
  return Object.values(kept).reduce((sum, code) => sum + code!.count, not_reached);
}

/** Whether an undo has taken anything back; one that kept everybody has not. */
export function hasTakenBack({ deleted, restored, already_deleted }: Undone): boolean {
  return deleted + restored + already_deleted > 0;
}
