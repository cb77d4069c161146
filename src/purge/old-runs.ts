/** The runs whose personal data has been kept for long enough, and those that were purged a short time ago. */
import type { RunRef } from '../contract/ids.js';
import type { Report } from '../contract/report.js';
import { allRuns, ignoreUnreadable, RUNS_AHEAD } from '../store/find-run.js';
import { mapAhead } from '../store/map-ahead.js';
import { readReport } from '../store/report-file.js';
import { purgesOf } from '../store/run-folder.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import { readPurgedAt } from './purged-at.js';

/**
 * For so long after its purge a run is swept again: what an attempt that died had sent may take effect after it.
 * Longer than a day, in which retention purges once.
 */
const SWEPT_MS = 2 * 86_400_000;

export interface OldRunsOptions {
  /** Milliseconds since 1970. */
  before: number;
  /** So many at most, in the order of their names. */
  most: number;
  /** The last one of the page before, if there was one. */
  after?: RunRef | undefined;
  now: Date;
}

/** The runs that are to be purged; one without a report was terminated, or goes on. */
export async function runsToPurge(
  store: Store,
  { before, most, after, now }: OldRunsOptions,
): Promise<RunRef[]> {
  const found: RunRef[] = [];
  const looked = mapAhead(
    allRuns(store, after),
    async (run) => {
      // A folder that cannot be read, or that holds another run's files, must not hold up the others.
      const due = await isDue(new RunLayout(store, run), before, now).catch(ignoreUnreadable);
      return { run, due };
    },
    RUNS_AHEAD,
  );
  for await (const { run, due } of looked) {
    if (due) found.push(run);
    if (found.length >= most) break;
  }
  return found;
}

async function isDue(folder: RunLayout, before: number, now: Date): Promise<boolean> {
  const purgedAt = await readPurgedAt(folder);
  return purgedAt === undefined ? isOld(folder, before) : isToSweep(purgedAt, now);
}

function isToSweep(purgedAt: string, now: Date): boolean {
  return Date.parse(purgedAt) > now.getTime() - SWEPT_MS;
}

/**
 * Whether a run has ended before a moment. One without a report has changed for the last time before it. One whose
 * purge has begun or is done counts as old: what a purge that died half way has left must not wait for as long once
 * more.
 */
export async function isOld(folder: RunLayout, before: number): Promise<boolean> {
  const report = await readReport(folder);
  if (report) return report.purgedAt !== undefined || hasEnded(report, before);
  return (await purgesOf(folder)).length > 0 || hasLastChanged(folder, before);
}

function hasEnded({ finishedAt }: Report, before: number): boolean {
  return Date.parse(finishedAt) < before;
}

/** An attempt that died may have left what is not listed, and nothing else: it does not keep the run. */
async function hasLastChanged({ store, prefix }: RunLayout, before: number): Promise<boolean> {
  for await (const { changedAt } of store.list(prefix)) {
    if (changedAt.getTime() >= before) return false;
  }
  return true;
}
