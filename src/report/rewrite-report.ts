import { readFile } from 'node:fs/promises';
import { writeDurably } from '../runs/durable-file.js';
import type { RunFolder } from '../runs/run-folder.js';
import type { Report } from './report.js';

/**
 * Writes report.json anew with what has become of the run since.
 * @returns undefined, and nothing is written, when the run has left none: it was terminated
 */
export async function rewriteReport(
  folder: RunFolder,
  change: (report: Report) => Report,
): Promise<Report | undefined> {
  const text = await readFile(folder.report, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const report = change(JSON.parse(text) as Report);
  await writeDurably(folder.report, (file) =>
    file.write(`${JSON.stringify(report, undefined, 2)}\n`),
  );
  return report;
}
