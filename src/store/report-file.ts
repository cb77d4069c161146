import type { Report } from '../contract/report.js';
import { confirmOwn, type RunLayout } from './run-layout.js';

/** A report as it is stored. */
export interface StoredReport {
  report: Report;
  /** Of the content of report.json. */
  version: string;
  text: string;
}

/**
 * @returns undefined when the run has left none: it goes on, or was terminated
 * @throws InputError for the report of another run
 */
export async function readReport(folder: RunLayout): Promise<Report | undefined> {
  return (await readStoredReport(folder))?.report;
}

/** The same, to be changed. */
export async function readStoredReport(folder: RunLayout): Promise<StoredReport | undefined> {
  const content = await folder.store.read(folder.report);
  if (!content) return undefined;
  const text = content.bytes.toString();
  const report = JSON.parse(text) as Report;
  confirmOwn(folder, report.run);
  return { report, version: content.version, text };
}
