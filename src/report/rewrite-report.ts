import type { RunLayout } from '../store/run-layout.js';
import { readReport } from '../store/report-file.js';
import type { Report } from '../contract/report.js';
import { saveReport } from './save-report.js';

/**
 * Writes report.json and its page anew with what has become of the run since.
 * @returns undefined, and nothing is written, when the run has left none: it was terminated
 */
export async function rewriteReport(
  folder: RunLayout,
  change: (report: Report) => Report,
): Promise<Report | undefined> {
  const report = await readReport(folder);
  return report && saveReport(folder, change(report));
}
