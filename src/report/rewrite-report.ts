import type { Report } from '../contract/report.js';
import { readStoredReport } from '../store/report-file.js';
import type { RunLayout } from '../store/run-layout.js';
import { VersionChanged } from '../store/store.js';
import { saveReport } from './save-report.js';

/**
 * Changes a run's report, and writes report.json and its page anew. What somebody else changes at the same time is
 * kept.
 * @param change may be asked more than once
 * @returns undefined, and writes nothing, when the run has left no report: it was terminated
 */
export async function rewriteReport(
  folder: RunLayout,
  change: (report: Report) => Report,
): Promise<Report | undefined> {
  for (;;) {
    const stored = await readStoredReport(folder);
    if (!stored) return undefined;
    try {
      return await saveReport(folder, change(stored.report), stored.version);
    } catch (error) {
      if (!(error instanceof VersionChanged)) throw error;
    }
  }
}
