import type { RunLayout } from '../store/run-layout.js';
import { readReport } from '../store/report-file.js';
import type { Report } from '../contract/report.js';
import { saveReport } from './save-report.js';

/**
 * Changes a run's report, and writes report.json and its page anew.
 * @returns undefined, and writes nothing, when the run has left no report: it was terminated
 */
export async function rewriteReport(
  folder: RunLayout,
  change: (report: Report) => Report,
): Promise<Report | undefined> {
  const report = await readReport(folder);
  return report && saveReport(folder, change(report));
}
