/**
 * The attempts at a file: its own import, and the retries of what was rejected, each under an id made of the first
 * one's.
 */
import type { Report } from '../contract/report.js';
import { findRun } from './find-run.js';
import { readReport } from './report-file.js';
import { RunLayout } from './run-layout.js';
import type { Store } from './store.js';
import { workflowOfFolder } from './workflow-folder.js';

export interface RetryChain {
  /** Workflow id of the file's own import. */
  first: string;
  /** Its report; undefined while it goes on, or when it was terminated. */
  firstReport: Report | undefined;
  /**
   * The last attempt that ran to its end: what it has rejected is what is left. Undefined when the first one did not.
   */
  base: Report | undefined;
  /** The newest retry, where it came after the base and did not run to its end. */
  unfinished: { workflowId: string; report: Report | undefined } | undefined;
  /** Workflow id of the next attempt. */
  next: string;
}

const RETRY = /^(?<first>.+)-retry-(?<number>\d+)$/;
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

  let base = firstReport?.ending === 'done' ? firstReport : undefined;
  let unfinished: RetryChain['unfinished'];
  for (const number of numbers) {
    const id = `${first}-retry-${number}`;
    const retry = await findRun(store, id);
    if (!retry) continue;
    const report = await readReport(new RunLayout(store, retry));
    // A retry of an earlier run under the same id has nothing to do with this one.
    if (report && report.attempts?.[0]?.run.runId !== run.runId) continue;
    if (report?.ending === 'done') [base, unfinished] = [report, undefined];
    else unfinished = { workflowId: id, report };
  }
  return {
    first,
    firstReport,
    base,
    unfinished,
    next: `${first}-retry-${(numbers.at(-1) ?? 0) + 1}`,
  };
}

/** An id that only looks like that of a retry is one of its own. */
async function firstOf(store: Store, workflowId: string): Promise<string> {
  const first = RETRY.exec(workflowId)?.groups?.['first'];
  return first !== undefined && (await findRun(store, first)) ? first : workflowId;
}

async function retriesOf(store: Store, first: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const name of store.folders('')) {
    const groups = RETRY.exec(workflowOfFolder(name) ?? '')?.groups;
    if (groups?.['first'] === first) numbers.push(Number(groups['number']));
  }
  return numbers.sort((a, b) => a - b);
}
