/**
 * The runs of an import: those of its file, under the import's own id, and the retries of what was rejected, each under
 * an id made of that one.
 */
import type { RunRef } from '../contract/ids.js';
import type { Report } from '../contract/report.js';
import { findRun, ignoreUnreadable, RUNS_AHEAD, runsOf } from './find-run.js';
import { mapAhead } from './map-ahead.js';
import { findPlan, type Plan } from './plan.js';
import { readReport } from './report-file.js';
import { RunLayout } from './run-layout.js';
import type { Store } from './store.js';
import { workflowOfFolder } from './workflow-folder.js';

/** A run by what it has left. */
export interface KnownRun {
  run: RunRef;
  folder: RunLayout;
  /** Undefined while it goes on, and where it was terminated or has timed out. */
  report: Report | undefined;
  /** Undefined where its file has not been validated, and where a later version wrote it. */
  plan: Plan | undefined;
  /** ISO 8601; when its validation began, where no report says it. */
  startedAt: string;
}

/** Every run of an import whose start is known, oldest first. @param workflowId that of the import, or of any retry */
export async function knownRunsOfImport(store: Store, workflowId: string): Promise<KnownRun[]> {
  const first = await firstOf(store, workflowId);
  const retries = (await retriesOf(store, first)).map((number) => retryId(first, number));
  return knowRuns(store, [first, ...retries]);
}

/**
 * The newest report that has a run among its attempts, and with it the sum of all: the run's own, where none came later.
 * What an undo has made of the attempts since is added.
 */
export async function latestReport(store: Store, report: Report): Promise<Report> {
  const { runId, workflowId } = report.run;
  const reports = (await knownRunsOfImport(store, workflowId)).flatMap(
    (known) => known.report ?? [],
  );
  const latest =
    reports.findLast(({ attempts }) => attempts?.some(({ run }) => run.runId === runId)) ?? report;
  const undoneSince = new Map(reports.map(({ run, undone }) => [run.runId, undone]));
  const attempts = latest.attempts?.map((attempt) => ({
    ...attempt,
    undone: undoneSince.get(attempt.run.runId) ?? attempt.undone,
  }));
  return attempts ? { ...latest, attempts } : latest;
}

/** Every run under these ids whose start is known, oldest first. */
export async function knowRuns(store: Store, workflowIds: string[]): Promise<KnownRun[]> {
  const refs = await Promise.all(workflowIds.map((id) => runsOf(store, id)));
  const known: KnownRun[] = [];
  for await (const run of mapAhead(refs.flat(), (ref) => knowRun(store, ref), RUNS_AHEAD)) {
    if (run) known.push(run);
  }
  return known.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

/** @returns undefined for a run that has left neither a plan nor a report that can be read: it has changed nobody */
export async function knowRun(store: Store, run: RunRef): Promise<KnownRun | undefined> {
  const folder = new RunLayout(store, run);
  const [report, plan] = await Promise.all([
    readReport(folder).catch(ignoreUnreadable),
    findPlan(folder).catch(ignoreUnreadable),
  ]);
  const startedAt = report?.startedAt ?? plan?.at;
  return startedAt === undefined ? undefined : { run, folder, report, plan, startedAt };
}

export interface RetryChain {
  /** Workflow id of the file's own import. */
  first: string;
  /** The report of its newest run; undefined while it goes on, or when it was terminated. */
  firstReport: Report | undefined;
  /**
   * The last attempt that ran to its end: what it has rejected is what is left. Undefined when none did.
   */
  base: Report | undefined;
  /** The newest retry, where it came after the base and did not run to its end. */
  unfinished: { workflowId: string; report: Report | undefined } | undefined;
  /** Workflow id of the next attempt. */
  next: string;
}

/** The workflow id of a retry that the command starts. */
export function retryId(first: string, number: number): string {
  return `${first}-retry-${number}`;
}

const RETRY = /^(?<first>.+)-retry-(?<number>[1-9]\d{0,8})$/;
const DRY_RUN = /-dry-run$/;

/** The workflow id of the file's own import, as the id of a retry, or of its dry run, has it. */
export function retriedBy(workflowId: string): string | undefined {
  return RETRY.exec(workflowId.replace(DRY_RUN, ''))?.groups?.['first'];
}

/**
 * @param store that of the runs
 * @param workflowId that of any attempt
 * @returns undefined when there is no run of that id
 */
export async function findRetryChain(
  store: Store,
  workflowId: string,
): Promise<RetryChain | undefined> {
  const first = await firstOf(store, workflowId);
  const run = await findRun(store, first);
  if (!run) return undefined;
  const firstReport = await readReport(new RunLayout(store, run));
  const numbers = await retriesOf(store, first);

  let base = firstReport?.ending === 'done' ? firstReport : await doneBefore(store, run);
  const runId = base?.run.runId ?? run.runId;
  let unfinished: RetryChain['unfinished'];
  for (const number of numbers) {
    const id = retryId(first, number);
    const retry = await findRun(store, id);
    if (!retry) continue;
    const report = await readReport(new RunLayout(store, retry));
    // A retry of an earlier run under the same id knows nothing of what this one has rejected.
    if (report && !report.attempts?.some((attempt) => attempt.run.runId === runId)) continue;
    if (report?.ending === 'done') [base, unfinished] = [report, undefined];
    else unfinished = { workflowId: id, report };
  }
  return {
    first,
    firstReport,
    base,
    unfinished,
    next: retryId(first, (numbers.at(-1) ?? 0) + 1),
  };
}

/** The newest run of the same file that ran to its end: one that was stopped since has left what it rejected. */
async function doneBefore(store: Store, newest: RunRef): Promise<Report | undefined> {
  const runs = await knowRuns(store, [newest.workflowId]);
  const sha256 = sha256Of(runs.find(({ run }) => run.runId === newest.runId));
  return runs.findLast((run) => run.report?.ending === 'done' && sha256Of(run) === sha256)?.report;
}

/** Of the file that a run has imported; undefined where that was not read to its end. */
export function sha256Of(run: KnownRun | undefined): string | undefined {
  return run?.report ? run.report.sha256 : run?.plan?.findings.sha256;
}

/** An id that only looks like that of a retry is one of its own. */
async function firstOf(store: Store, workflowId: string): Promise<string> {
  const first = RETRY.exec(workflowId)?.groups?.['first'];
  return first !== undefined && (await findRun(store, first)) ? first : workflowId;
}

/** The numbers of an import's retries that have a folder, in order. */
export async function retriesOf(store: Store, first: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const name of store.folders('')) {
    const groups = RETRY.exec(workflowOfFolder(name) ?? '')?.groups;
    if (groups?.['first'] === first) numbers.push(Number(groups['number']));
  }
  return numbers.sort((a, b) => a - b);
}
