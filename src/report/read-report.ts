import { readFile } from 'node:fs/promises';
import type { RunFolder } from '../runs/run-folder.js';
import type { Report } from './report.js';

/** @returns undefined when the run has left none: it goes on, or was terminated */
export async function readReport(folder: RunFolder): Promise<Report | undefined> {
  const text = await readFile(folder.report, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as Report);
}
