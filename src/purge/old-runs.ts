/** The runs whose personal data has been kept for long enough. */
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunRef } from '../contract/ids.js';
import type { Report } from '../contract/report.js';
import { allRuns } from '../store/find-run.js';
import { readReport } from '../store/report-file.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { RunLayout } from '../store/run-layout.js';

/**
 * The runs that are to be purged; one without a report was terminated, or goes on.
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
    if (await isDue(new RunLayout(runsRoot, run), before).catch(() => false)) found.push(run);
  }
  return found;
}

const nameOf = ({ workflowId, runId }: RunRef): string => `${workflowId}/${runId}`;

async function isDue(folder: RunLayout, before: number): Promise<boolean> {
  const report = await readReport(folder);
  if (report) return report.purgedAt === undefined && hasEnded(report, before);
  const files = await auditFiles(folder);
  return !files.includes(basename(folder.purged)) && isLeft(folder, files, before);
}

/**
 * Whether a run has ended before a moment. One without a report has changed for the last time before it, or a purge of
 * it has begun: a purge that died half way must not wait for as long once more.
 */
export async function isOld(folder: RunLayout, before: number): Promise<boolean> {
  const report = await readReport(folder);
  return report ? hasEnded(report, before) : isLeft(folder, await auditFiles(folder), before);
}

function hasEnded({ finishedAt }: Report, before: number): boolean {
  return Date.parse(finishedAt) < before;
}

/** @param files of its audit events */
async function isLeft(folder: RunLayout, files: string[], before: number): Promise<boolean> {
  const hasBegun = files.some((name) => folder.isAuditPurge(name));
  return hasBegun || (await lastChange(folder.path)) < before;
}

async function auditFiles(folder: RunLayout): Promise<string[]> {
  return (await readdir(dirname(folder.purged)).catch(ignoreMissing)) ?? [];
}

async function lastChange(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  const changes = await Promise.all(
    names.map(async (name) => (await lstat(join(path, name))).mtimeMs),
  );
  return Math.max((await lstat(path)).mtimeMs, ...changes);
}
