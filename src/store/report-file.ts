import { checkFormat } from './format.js';
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
 * @throws FormatError for the report of a later version; InputError for that of another run
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
  checkFormat('report.json', report);
  confirmOwn(folder, report.run);
  return { report, version: content.version, text };
}
