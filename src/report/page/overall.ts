/** What the top of the page tells: all runs of the import together, where there are several. Pure. */
import { ownFileName } from '../../contract/own-file-name.js';
import type { Attempt, MailCounts, Report } from '../../contract/report.js';
import { leftStanding, overallUndone } from '../all-undone.js';
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
  if (!sum) return headlineOf(whole);
  const headline = headlineOf({ ...whole, undone: sum });
  const isPart = headline.state === 'Undone' && leftStanding(report) > 0;
  return isPart ? { ...headline, state: 'Partly undone', mood: 'mixed' } : headline;
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
