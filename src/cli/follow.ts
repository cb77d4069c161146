/** Follows a running import on a terminal, or line by line elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { UndoSummary } from '../contract/undo/outcomes.js';
import type { ReportSummary } from '../../activities/index.js';
import { describeCodes, type Findings } from '../contract/findings.js';
import { PROGRESS_QUERY, type Notice } from '../contract/import/progress.js';
import { formatNumber } from '../format.js';
import { WORKFLOW_TYPES, type RunRef } from '../contract/ids.js';
import { folderOfWorkflow } from '../store/workflow-folder.js';
import { EXIT, statusOf } from './exit.js';
import type { CommandContext } from './command-context.js';
import { NO_DISPLAY, progressDisplay, type ProgressDisplay } from './progress-display.js';
import { isPassing } from './away.js';
import { renderSteps } from './layout.js';
import type { AnyProgress } from './progress-facts.js';
import { renderOutcome, renderRejected } from './render-outcome.js';
import { renderUndone } from './render-undo.js';
import { whySilent } from './silence.js';
import { rowsReadBy } from './rows-read.js';
import { asOptions } from './spelling.js';
import type { Line } from './terminal.js';
import { temporalAddress } from '../temporal.js';

/** Where the result goes. */
type Output = Pick<CommandContext, 'print' | 'printJson'>;

const POLL_MS = 1000;
/** A query needs a worker; without one there is no answer to wait for. */
const QUERY_TIMEOUT_MS = 5000;
/** Temporal itself answers at once, or is away. */
const LOOK_TIMEOUT_MS = 4000;

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
    display.stop(signal?.aborted);
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
  const leave = () => watching.abort();
  process.once('SIGINT', leave);
  try {
    const status = await follow(handle, display, context, watching.signal);
    if (status !== EXIT.interrupted) return status;
    for (const line of renderGoesOn(handle.workflowId)) context.print(line);
    return status;
  } finally {
    process.off('SIGINT', leave);
  }
}

/** Progress is for a person; a program gets the one document of the end. */
export function displayFor(
  { reader }: CommandContext,
  workflowId: string,
  seen?: readonly Notice[],
): ProgressDisplay {
  return reader === 'person' ? progressDisplay(process.stdout, workflowId, seen) : NO_DISPLAY;
}

/** What goes on when its command is left by Ctrl+C. */
export function renderGoesOn(workflowId: string): Line[] {
  return [`${workflowId} goes on without this command.`, ...renderStepsMeanwhile(workflowId)];
}

/** What can be done about a workflow that runs while no command follows it. */
export function renderStepsMeanwhile(workflowId: string): Line[] {
  return renderSteps([
    { what: 'watch it', command: `user-import watch ${workflowId}` },
    { what: 'stop it', command: `user-import cancel ${workflowId}` },
  ]);
}

/**
 * Shows a workflow's progress until it ends, or until `isEnough`. Goes on trying where Temporal is away.
 * @returns false when the signal ended it
 */
export async function followUntil(
  handle: WorkflowHandle,
  display: ProgressDisplay,
  isEnough: (progress: AnyProgress) => boolean,
  signal: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  let awaySince: number | undefined;
  // Polls instead of waiting for the result: such a wait cannot be given up without closing the connection.
  for (;;) {
    const askedAt = Date.now();
    try {
      const { seen, rowsRead } = await withSignal(handle, signal, () => look(handle, display));
      if (seen === 'ended') return true;
      awaySince = undefined;
      if (seen) {
        if (isEnough(seen)) return true;
        display.show(seen, rowsRead);
      }
    } catch (error) {
      if (signal.aborted) return false;
      if (!isPassing(error)) throw error;
      awaySince ??= askedAt;
      display.showAway({ address: temporalAddress(), since: awaySince });
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
}

/** One look at a workflow; nothing is seen of it where no worker answers, which is shown. */
async function look(
  handle: WorkflowHandle,
  display: ProgressDisplay,
): Promise<{ seen: AnyProgress | 'ended' | undefined; rowsRead?: number | undefined }> {
  const { client } = handle;
  const within = <T>(ask: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, ask);
  const found = await within(() => handle.describe());
  if (found.status.name !== 'RUNNING') return { seen: 'ended' };
  const { progress, error } = await queryProgress(handle);
  if (!progress) {
    display.showSilence(await within(() => whySilent(handle, error)));
    return { seen: undefined };
  }
  const rowsRead =
    progress.phase === 'validating' ? await rowsReadBy(found, client.options) : undefined;
  return { seen: progress, rowsRead };
}

/** Ctrl+C ends the calls that are under way. Each call listens to the signal, and goes on doing so after its end. */
function withSignal<T>(
  { client }: WorkflowHandle,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return client.connection.withAbortSignal(AbortSignal.any([signal]), work);
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
    if (!('undoOf' in result)) {
      for (const line of renderRetry(result, workflowId)) print(line);
      return statusOf(result);
    }
    return result.undone.kept > 0 ? EXIT.incomplete : EXIT.done;
  }
  const { text, codes } = failure!;
  print({
    tone: end.status === 'cancelled' ? 'attention' : 'error',
    text: withoutCodes(text, codes),
  });
  for (const line of renderRejected(codes)) print(line);
  if (end.status === 'cancelled' && end.type === WORKFLOW_TYPES.importUsers) {
    print(describeReportPlace({ workflowId, runId }));
  }
  return EXIT.incomplete;
}

/** As the report has it: whoever has watched an import need not ask for that first. */
function renderRetry({ ending, rows, files }: ReportSummary, workflowId: string): Line[] {
  const rejected = rows.invalid + rows.failed;
  if (ending !== 'done' || rejected === 0 || !files.includes('rejects.csv')) return [];
  const many = `${formatNumber(rejected)} ${rejected === 1 ? 'row' : 'rows'}`;
  const what = `${many} rejected: correct rejects.csv, then import it`;
  return renderSteps([{ what, command: `user-import retry ${workflowId}` }]);
}

/** The end of an import or an undo, as `--json` has it. */
interface End extends RunRef {
  type: string;
  /** `completed`, `failed`, `cancelled`, `terminated` or `timed_out`. */
  status: string;
  /** Absent when it did not come to its end. */
  result?: ReportSummary | UndoSummary | undefined;
  /** Its type, as in docs/codes.md, and the whole in words. */
  failure?: { type: string | undefined; text: string; codes: Findings['codes'] } | undefined;
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
        codes: codesOf(error),
      },
    };
  }
}

/** The rows that keep a file from being imported, by code. */
function codesOf({ cause }: WorkflowFailedError): Findings['codes'] {
  const [detail] = (cause instanceof ApplicationFailure ? cause.details : undefined) ?? [];
  const { codes = {} } = (detail ?? {}) as { codes?: Findings['codes'] };
  return codes;
}

/** A list follows, which says it better. */
function withoutCodes(text: string, codes: Findings['codes']): string {
  return text.replace(` ${describeCodes(codes).join('; ')}.`, '');
}

/** As the folders are called, in which an id that a schedule has made has no colons. */
export function describeReportPlace({ workflowId, runId }: RunRef): string {
  return `Its report is in the runs folder of the workers (IMPORT_RUNS): ${folderOfWorkflow(workflowId)}/${runId}`;
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
