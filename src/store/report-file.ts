import { readFile } from 'node:fs/promises';
import type { RunLayout } from './run-layout.js';
import { ignoreMissing } from './ignore-missing.js';
import type { Report } from '../contract/report.js';

/** @returns undefined when the run has left none: it goes on, or was terminated */
export async function readReport(folder: RunLayout): Promise<Report | undefined> {
  const text = await readFile(folder.report, 'utf8').catch(ignoreMissing);
  return text === undefined ? undefined : (JSON.parse(text) as Report);
}
