/** Follows a running import on a terminal, or line by line elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { ReportSummary } from '../../activities/index.js';
import { PROGRESS_QUERY } from '../contract/import/progress.js';
import { WORKFLOW_TYPES, type RunRef } from '../contract/ids.js';
import { folderOfWorkflow } from '../store/workflow-folder.js';
import { EXIT, statusOf } from './exit.js';
import type { CommandContext } from './command-context.js';
import { NO_DISPLAY, progressDisplay, type ProgressDisplay } from './progress-display.js';
import type { AnyProgress } from './render.js';
import { renderOutcome } from './render-outcome.js';
import { renderUndone } from './render-undo.js';
import { whySilent } from './silence.js';
import { asOptions } from './spelling.js';

/** Where the result goes. */
type Output = Pick<CommandContext, 'print' | 'printJson'>;

const POLL_MS = 1000;
/** A query needs a worker; without one there is no answer to wait for. */
const QUERY_TIMEOUT_MS = 5000;

/**
 * Shows an import's progress until it ends, then its result.
 * @param signal ends the following, not the import
 * @returns the exit status that the import's end means
 */
export async function follow(
  handle: WorkflowHandle,
  display: ProgressDisplay,
  context: Output,
  signal?: AbortSignal,
): Promise<number> {
  try {
    const isOver = await followUntil(handle, display, () => false, signal);
    if (!isOver) return EXIT.interrupted;
    const { progress } = await queryProgress(handle);
    if (progress) display.show(progress);
  } finally {
    display.stop();
  }
  return printResult(handle, context);
}

/** Follows an import until it ends or the operator presses Ctrl+C, which never ends the import. */
export async function followUntilInterrupted(
  handle: WorkflowHandle,
  context: CommandContext,
  display = displayFor(context, handle.workflowId),
): Promise<number> {
  const watching = new AbortController();
  process.once('SIGINT', () => watching.abort());
  const status = await follow(handle, display, context, watching.signal);
  if (status === EXIT.interrupted) {
    const what = (await isUndo(handle)) ? 'The undo' : 'The import';
    for (const line of renderGoesOn(what, handle.workflowId)) context.print(line);
  }
  return status;
}

/** Progress is for a person; a program gets the one document of the end. */
export function displayFor({ reader }: CommandContext, workflowId: string): ProgressDisplay {
  return reader === 'person' ? progressDisplay(process.stdout, workflowId) : NO_DISPLAY;
}

export function renderGoesOn(what: string, workflowId: string): string[] {
  return [
    '',
    `${what} goes on. Watch it: user-import watch ${workflowId}   Stop it: user-import cancel ${workflowId}`,
  ];
}

/**
 * Shows a workflow's progress until it ends, or until `isEnough`.
 * @returns false when the signal ended it
 */
export async function followUntil(
  handle: WorkflowHandle,
  display: ProgressDisplay,
  isEnough: (progress: AnyProgress) => boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  // Polls instead of waiting for the result: such a wait cannot be given up without closing the connection.
  while ((await handle.describe()).status.name === 'RUNNING') {
    const { progress, error } = await queryProgress(handle);
    if (progress && isEnough(progress)) return true;
    if (progress) display.show(progress);
    else display.showSilence(await whySilent(handle, error));
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted) return false;
  }
  return true;
}

/** The progress or, when no worker answers, what came in its place. */
export async function queryProgress(
  handle: WorkflowHandle,
): Promise<{ progress: AnyProgress; error?: never } | { progress?: never; error: unknown }> {
  try {
    const progress = await handle.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<AnyProgress>(PROGRESS_QUERY),
    );
    return { progress };
  } catch (error) {
    return { error };
  }
}

/**
 * Prints the result of an import that has ended, or why it has none.
 * @returns the exit status that its end means
 */
export async function printResult(
  handle: WorkflowHandle,
  { print, printJson }: Output,
): Promise<number> {
  const end = await endOf(handle);
  printJson(end);
  const { workflowId, runId, result, failure } = end;
  if (result) {
    const lines = 'undoOf' in result ? renderUndone(result) : renderOutcome(result);
    for (const line of lines) print(line);
    if (!('undoOf' in result)) return statusOf(result);
    return result.undone.kept > 0 ? EXIT.incomplete : EXIT.done;
  }
  print(failure!.text);
  if (end.status === 'cancelled' && end.type === WORKFLOW_TYPES.importUsers) {
    print(describeReportPlace({ workflowId, runId }));
  }
  return EXIT.incomplete;
}

/** The end of an import or an undo, as `--json` has it. */
interface End extends RunRef {
  type: string;
  /** `completed`, `failed`, `cancelled`, `terminated` or `timed_out`. */
  status: string;
  /** Absent when it did not come to its end. */
  result?: ReportSummary | UndoSummary | undefined;
  /** Its type, as in docs/codes.md, and the whole in words. */
  failure?: { type: string | undefined; text: string } | undefined;
}

async function endOf(handle: WorkflowHandle): Promise<End> {
  const { status, type, raw, ...described } = await handle.describe();
  const end = {
    workflowId: handle.workflowId,
    runId: raw.workflowExecutionInfo?.firstRunId ?? described.runId,
    type,
    status: status.name.toLowerCase(),
  };
  try {
    return { ...end, result: (await handle.result()) as ReportSummary | UndoSummary };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const text =
      type === WORKFLOW_TYPES.undoImport ? renderUndoFailure(error) : renderFailure(error);
    return {
      ...end,
      failure: {
        type: cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined,
        text,
      },
    };
  }
}

/** As the folders are called, in which an id that a schedule has made has no colons. */
export function describeReportPlace({ workflowId, runId }: RunRef): string {
  return `Its report is in the runs folder of the workers (IMPORT_RUNS): ${folderOfWorkflow(workflowId)}/${runId}`;
}

/** Whether a workflow is the undo of an import. */
async function isUndo(handle: WorkflowHandle): Promise<boolean> {
  return (await handle.describe()).type === WORKFLOW_TYPES.undoImport;
}

function renderUndoFailure({ cause }: WorkflowFailedError): string {
  if (cause instanceof CancelledFailure) {
    return 'The undo was cancelled. What it has undone stays undone; undo.csv in the run’s folder lists the users that are left, if it had begun. Start it again to go on.';
  }
  if (cause instanceof ApplicationFailure)
    return `The undo failed (${cause.type}). ${cause.message}`;
  return `The undo ended before its end: ${cause?.message ?? 'no reason given'}`;
}

function renderFailure({ cause }: WorkflowFailedError): string {
  if (cause instanceof CancelledFailure) {
    return 'The import was cancelled. Start the same file again to import the rest.';
  }
  if (cause instanceof ApplicationFailure)
    return `The import failed (${cause.type}). ${asOptions(cause.message)}`;
  return `The import ended before its end: ${cause?.message ?? 'no reason given'}`;
}
