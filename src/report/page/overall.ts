/** What the top of the page tells: all runs of the import together, where there are several. Pure. */
import { addCodes } from '../../contract/findings.js';
import { ownFileName } from '../../contract/own-file-name.js';
import type { Attempt, MailCounts, Report, Undone } from '../../contract/report.js';
import { headlineOf, type Headline } from '../headline.js';

/** The rows of all runs of the import, each row once. */
export function overallRows({ combined, rows }: Report): Report['rows'] {
  return combined ?? rows;
}

/** Whether no row was meant to be reached: those that were not are the valid ones. */
export function isOfFileAlone({ ending, settings, combined }: Report): boolean {
  if (combined) return false;
  return ending === 'validation-failed' || (ending === 'dry-run' && settings.dryRun === 'file');
}

/** The mails of all runs of the import. */
export function overallMails({ combined, invitations }: Report): MailCounts {
  return combined?.invitations ?? invitations;
}

/** The changes that the whole headline names have a place of their own on the page. */
export function shortHeadline(report: Report): Headline {
  const rows = overallRows(report);
  const { undone: _, ...others } = report;
  const sum = overallUndone(report);
  const whole: Report = { ...others, rows, roleChanges: [], otherChanges: {} };
  return headlineOf(sum ? { ...whole, undone: sum } : whole);
}

/** What undos have made of all runs, told as one; undefined where nothing was undone. */
export function overallUndone(report: Report): Undone | undefined {
  const all = [...(report.attempts ?? []), report].flatMap(({ undone }) => undone ?? []);
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

/** Runs that have created or changed users and that nobody has undone; none where no run was undone at all. */
export function leftStanding(report: Report): number {
  if (!overallUndone(report)) return 0;
  const runs = [...(report.attempts ?? []), report];
  return runs.filter(({ rows, undone }) => rows.created + rows.updated > 0 && !undone).length;
}

/** The name of the file, without its folder, as the admin knows it: of several runs that of the first. */
export function fileOf(report: Report): string {
  const first = report.attempts?.[0];
  return first ? fileOfRun(first) : nameOf(report.settings.file, report.run, report.sha256);
}

/** The same of one run. */
export function fileOfRun({ file, run, sha256 }: Attempt): string {
  return nameOf(file, run, sha256);
}

function nameOf(file: string, { workflowId }: Report['run'], sha256: string | undefined): string {
  const [name = file] = file.split('/').slice(-1);
  return ownFileName(name, { sha256, workflowId });
}
