import { checkFormat } from './format.js';
import { confirmOwn, type RunLayout } from './run-layout.js';
import { ignoreMissing } from './ignore-missing.js';
import { readText } from './plain-file.js';
import type { Report } from '../contract/report.js';

/**
 * @returns undefined when the run has left none: it goes on, or was terminated
 * @throws FormatError for the report of a later version; InputError for that of another run
 */
export async function readReport(folder: RunLayout): Promise<Report | undefined> {
  const text = await readText(folder.report).catch(ignoreMissing);
  if (text === undefined) return undefined;
  const report = JSON.parse(text) as Report;
  checkFormat('report.json', report);
  confirmOwn(folder, report.run);
  return report;
}
