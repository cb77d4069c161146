/** Following a running import on a terminal, or line by line elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ReportSummary } from '../../activities/index.js';
import { PROGRESS_QUERY, type Progress } from '../contract/progress.js';
import { EXIT, statusOf } from './exit.js';
import { progressDisplay } from './progress-display.js';
import { renderOutcome } from './render.js';

const POLL_MS = 1000;
/** A query needs a worker; without one it is not worth waiting longer. */
const QUERY_TIMEOUT_MS = 5000;

/**
 * Shows an import's progress until it ends, then what came of it.
 * @param signal ends the following, not the import
 * @returns the exit status that its end means
 */
export async function follow(
  handle: WorkflowHandle,
  out: NodeJS.WriteStream,
  signal?: AbortSignal,
): Promise<number> {
  const display = progressDisplay(out, handle.workflowId);
  try {
    // Looked at again and again instead of waiting for the result: a wait cannot be given up without closing the connection.
    while ((await handle.describe()).status.name === 'RUNNING') {
      display.show(await queryProgress(handle));
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) return EXIT.interrupted;
    }
    const last = await queryProgress(handle);
    if (last) display.show(last);
  } finally {
    display.stop();
  }
  return conclude(handle, out);
}

/** Undefined when no worker answers. */
export async function queryProgress(handle: WorkflowHandle): Promise<Progress | undefined> {
  try {
    return await handle.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<Progress>(PROGRESS_QUERY),
    );
  } catch {
    return undefined;
  }
}

/** Tells how an import that has ended came to its end; the exit status that it means. */
export async function conclude(handle: WorkflowHandle, out: NodeJS.WriteStream): Promise<number> {
  try {
    const summary = (await handle.result()) as ReportSummary;
    out.write(`${renderOutcome(summary)}\n`);
    return statusOf(summary);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    out.write(`${describeFailure(error)}\n`);
    if (error.cause instanceof CancelledFailure) out.write(`${await whereReportIs(handle)}\n`);
    return EXIT.incomplete;
  }
}

/** A cancelled workflow has no result that could say it. */
async function whereReportIs(handle: WorkflowHandle): Promise<string> {
  const { raw, runId } = await handle.describe();
  const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? runId;
  return `Its report is in the runs folder of the workers (IMPORT_RUNS): ${handle.workflowId}/${firstRunId}`;
}

function describeFailure({ cause }: WorkflowFailedError): string {
  if (cause instanceof CancelledFailure) {
    return 'The import was cancelled. Start the same file again to import the rest.';
  }
  if (cause instanceof ApplicationFailure)
    return `The import failed (${cause.type}). ${cause.message}`;
  return `The import ended before its end: ${cause?.message ?? 'no reason given'}`;
}
