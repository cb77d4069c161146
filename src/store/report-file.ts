import { confirmOwn, type RunLayout } from './run-layout.js';
import { ignoreMissing } from './ignore-missing.js';
import { readText } from './plain-file.js';
import type { Report } from '../contract/report.js';

/**
 * @returns undefined when the run has left none: it goes on, or was terminated
 * @throws InputError for the report of another run
 */
export async function readReport(folder: RunLayout): Promise<Report | undefined> {
  const text = await readText(folder.report).catch(ignoreMissing);
  if (text === undefined) return undefined;
  const report = JSON.parse(text) as Report;
  confirmOwn(folder, report.run);
  return report;
}
