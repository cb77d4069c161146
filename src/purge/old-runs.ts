/** The runs whose personal data has been kept for long enough. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRef } from '../contract/ids.js';
import { allRuns } from '../store/find-run.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';

/**
 * The runs that have not been purged and ended before a moment; of a run without a report, which was terminated or
 * goes on, nothing has changed since then.
 * @param before milliseconds since 1970
 * @param most so many at most, in the order of their names
 * @param after the last one of the page before, if there was one
 */
export async function runsToPurge(
  runsRoot: string,
  before: number,
  most: number,
  after?: RunRef,
): Promise<RunRef[]> {
  const found: RunRef[] = [];
  const all = (await allRuns(runsRoot)).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const run of all) {
    if (after && nameOf(run) <= nameOf(after)) continue;
    if (found.length >= most) break;
    // A folder that cannot be read, or that holds another run's files, must not hold up the others.
    if (await isOld(new RunLayout(runsRoot, run), before).catch(() => false)) found.push(run);
  }
  return found;
}

const nameOf = ({ workflowId, runId }: RunRef): string => `${workflowId}/${runId}`;

async function isOld(folder: RunLayout, before: number): Promise<boolean> {
  const report = await readReport(folder);
  return report?.purgedAt === undefined && (await endOfRun(folder)) < before;
}

/** When a run ended, in milliseconds since 1970; for one without a report its last change. */
export async function endOfRun(folder: RunLayout): Promise<number> {
  const report = await readReport(folder);
  return report ? Date.parse(report.finishedAt) : lastChange(folder.path);
}

async function lastChange(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  const changes = await Promise.all(
    names.map(async (name) => (await lstat(join(path, name))).mtimeMs),
  );
  return Math.max((await lstat(path)).mtimeMs, ...changes);
}
