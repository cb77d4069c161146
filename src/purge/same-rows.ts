/** The other runs that hold rows of the same file, so that a purge of one of them leaves the same people. */
import type { RunRef } from '../contract/ids.js';
import type { OtherRun } from '../contract/purge/outcomes.js';
import { retriedBy } from '../store/find-attempts.js';
import { allRuns, ignoreUnreadable, RUNS_AHEAD } from '../store/find-run.js';
import { mapAhead } from '../store/map-ahead.js';
import { findPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';

/** So many at most are told: another purge of the run tells the others. */
const MOST = 500;

interface KnownRun extends OtherRun {
  retryOf: RunRef | undefined;
  /** Whether it has left a report. */
  reported: boolean;
  purged: boolean;
}

/**
 * Those that it retried or that retried it, over any number of attempts, and those that imported the same file under
 * the same id; without those that are purged already.
 * @param of runs that are purged
 */
export async function otherRunsOfSameRows(store: Store, of: RunRef[]): Promise<OtherRun[]> {
  const isNamed = (run: RunRef) => of.some((named) => isSame(named, run));
  let left: KnownRun[] = [];
  const found: KnownRun[] = [];
  const next: KnownRun[] = [];
  const all = mapAhead(allRuns(store), (run) => know(store, run), RUNS_AHEAD);
  for await (const known of all) (isNamed(known.run) ? next : left).push(known);
  for (let known = next.pop(); known; known = next.pop()) {
    const one = known;
    found.push(one);
    next.push(...left.filter((other) => haveSameRows(one, other)));
    left = left.filter((other) => !next.includes(other));
  }
  return found
    .filter(({ run, purged }) => !purged && !isNamed(run))
    .map(({ run, file }) => ({ run, file }))
    .sort((a, b) => (nameOf(a.run) < nameOf(b.run) ? -1 : 1))
    .slice(0, MOST);
}

/** A run whose files cannot be read may hold anything, so it is known by its name alone. */
async function know(store: Store, run: RunRef): Promise<KnownRun> {
  const folder = new RunLayout(store, run);
  const report = await readReport(folder).catch(ignoreUnreadable);
  const plan = report ? undefined : await findPlan(folder).catch(ignoreUnreadable);
  return {
    run,
    file: report ? report.settings.file : plan?.file,
    retryOf: report?.settings.retryOf,
    reported: report !== undefined,
    purged: report?.purgedAt !== undefined,
  };
}

function haveSameRows(a: KnownRun, b: KnownRun): boolean {
  if (isRetryOf(a, b) || isRetryOf(b, a)) return true;
  return a.run.workflowId === b.run.workflowId && a.file === b.file;
}

/** A retry that has left no report is known by its id. */
function isRetryOf({ run, retryOf, reported }: KnownRun, other: KnownRun): boolean {
  if (retryOf) return isSame(retryOf, other.run);
  return !reported && retriedBy(run.workflowId) === other.run.workflowId;
}

function isSame(a: RunRef, b: RunRef): boolean {
  return a.workflowId === b.workflowId && a.runId === b.runId;
}

const nameOf = ({ workflowId, runId }: RunRef): string => `${workflowId}/${runId}`;
