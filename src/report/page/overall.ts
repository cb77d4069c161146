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

/** The file as the admin knows it. */
export function fileOf({ settings, sha256, run }: Report): string {
  return ownFileName(settings.file, { sha256, workflowId: run.workflowId });
}
