/** The runs of an import: all under its workflow id, and all of its retries, each under an id made of it. */
import type { RunRef } from '../contract/ids.js';
import { retriedBy, retriesOf, retryId } from './find-attempts.js';
import { ignoreUnreadable, runsOf, RUNS_AHEAD, startOf } from './find-run.js';
import { mapAhead } from './map-ahead.js';
import { readReport } from './report-file.js';
import { RunLayout } from './run-layout.js';
import type { Store } from './store.js';

export interface DatedRun {
  run: RunRef;
  /** When it started, as far as its files tell (ISO 8601). */
  startedAt: string;
}

/** Those under one workflow id, the newest first; whether or not they have ended. */
export async function runsOfId(store: Store, workflowId: string): Promise<DatedRun[]> {
  return newestFirst(store, await runsOf(store, workflowId));
}

/** Those of its retries as well. */
export async function runsOfImport(store: Store, workflowId: string): Promise<DatedRun[]> {
  const found = await runsOf(store, workflowId);
  for (const number of await retriesOf(store, workflowId)) {
    for (const run of await runsOf(store, retryId(workflowId, number))) {
      if (await mayBeRetry(store, run, workflowId)) found.push(run);
    }
  }
  return newestFirst(store, found);
}

/** Under which one of its runs may go on: its own, those of its retries, and that of the next one. */
export async function idsOfImport(store: Store, workflowId: string): Promise<string[]> {
  const numbers = await retriesOf(store, workflowId);
  const next = (numbers.at(-1) ?? 0) + 1;
  return [workflowId, ...[...numbers, next].map((number) => retryId(workflowId, number))];
}

async function newestFirst(store: Store, runs: RunRef[]): Promise<DatedRun[]> {
  const dated: { run: RunRef; at: number }[] = [];
  const dates = mapAhead(runs, async (run) => ({ run, at: await startOf(store, run) }), RUNS_AHEAD);
  for await (const one of dates) dated.push(one);
  return dated
    .sort((a, b) => b.at - a.at)
    .map(({ run, at }) => ({ run, startedAt: new Date(at).toISOString() }));
}

/** An import that is merely called like a retry of this one says in its report that it is none. */
async function mayBeRetry(store: Store, run: RunRef, workflowId: string): Promise<boolean> {
  const report = await readReport(new RunLayout(store, run)).catch(ignoreUnreadable);
  if (report === undefined) return true;
  const retried = report.settings.retryOf?.workflowId;
  return retried !== undefined && (retriedBy(retried) ?? retried) === workflowId;
}
