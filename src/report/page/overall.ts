/** What the top of the page tells: all runs of the import together, where there are several. Pure. */
import type { Report } from '../../contract/report.js';
import { headlineOf, type Headline } from '../headline.js';
import { ownFileName } from '../../contract/own-file-name.js';

/** The rows of all runs of the import, by their last outcome. */
export function overallRows({ combined, rows }: Report): Report['rows'] {
  return combined ?? rows;
}

/** The changes that the whole headline names have a place of their own on the page. */
export function shortHeadline(report: Report): Headline {
  const rows = overallRows(report);
  return headlineOf({ ...report, rows, roleChanges: [], otherChanges: {} });
}

/** The name of the file, without its folder, as the admin knows it: of several runs that of the first. */
export function fileOf(report: Report): string {
  const first = report.attempts?.[0];
  return first ? nameOf(first.file, first.run) : nameOf(report.settings.file, report.run, report);
}

/** @param sha256 of the file, where it is known */
export function nameOf(
  file: string,
  { workflowId }: Report['run'],
  { sha256 }: Pick<Report, 'sha256'> = {},
): string {
  const [name = file] = file.split('/').slice(-1);
  return ownFileName(name, { sha256, workflowId });
}
