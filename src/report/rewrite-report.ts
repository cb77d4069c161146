import type { RunFolder } from '../runs/run-folder.js';
import { readReport } from './read-report.js';
import type { Report } from './report.js';
import { saveReport } from './save-report.js';

/**
 * Writes report.json and its page anew with what has become of the run since.
 * @returns undefined, and nothing is written, when the run has left none: it was terminated
 */
export async function rewriteReport(
  folder: RunFolder,
  change: (report: Report) => Report,
): Promise<Report | undefined> {
  const report = await readReport(folder);
  return report && saveReport(folder, change(report));
}
