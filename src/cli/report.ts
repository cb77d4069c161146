/** The result of a run, for the terminal, and its page for the browser. */
import type { WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_ID_PATTERN } from '../contract/ids.js';
import type { Report } from '../contract/report.js';
import { readReport } from '../store/report-file.js';
import { findRun } from '../store/find-run.js';
import { exists } from '../store/ignore-missing.js';
import { RunLayout } from '../store/run-layout.js';
import { temporalNamespace } from '../temporal.js';
import { executionUrl, temporalUiUrl } from '../temporal-ui.js';
import { CommandError, EXIT, statusOf } from './exit.js';
import { printResult } from './follow.js';
import { describeLink, renderLink } from './link.js';
import { openPage } from './open-page.js';
import { renderReport } from './render-report.js';
import { writeLines } from './terminal.js';
import { withImport } from './with-client.js';

export interface ReportOptions {
  /** Run id; the newest run when absent. */
  run?: string;
  /** Whether the page may be opened. */
  open: boolean;
}

/**
 * Prints the result of a run from its folder; where that is not on this machine, from Temporal.
 * @param runsRoot `IMPORT_RUNS` of this machine, if it has one
 * @returns the exit status that the run's end means
 */
export async function printReport(
  workflowId: string,
  { run, open }: ReportOptions,
  runsRoot: string | undefined,
  out: NodeJS.WriteStream,
): Promise<number> {
  if (!WORKFLOW_ID_PATTERN.test(workflowId)) {
    throw new CommandError(`There is no import "${workflowId}".`, EXIT.wrongUse);
  }
  const folder = runsRoot === undefined ? undefined : await folderOf(runsRoot, workflowId, run);
  const report = folder && (await readReport(folder));
  if (!folder || !report) {
    return withImport(workflowId, (handle) => printFromTemporal(handle, run, out));
  }
  writeLines(out, renderReport(report, folder.path));
  writeLines(out, linkOf(report));
  if (open && (await exists(folder.page))) openPage(folder.page, out.isTTY);
  return statusOf(report);
}

/** As the worker knew it, else by the setting of this command. */
function linkOf({ temporalUrl, run }: Report): string[] {
  const uiUrl = temporalUiUrl();
  const url = temporalUrl ?? (uiUrl && executionUrl(uiUrl, temporalNamespace(), run));
  return url === undefined ? [] : [describeLink(url)];
}

async function folderOf(
  runsRoot: string,
  workflowId: string,
  runId: string | undefined,
): Promise<RunLayout | undefined> {
  const run = await findRun(runsRoot, workflowId, runId);
  return run && new RunLayout(runsRoot, run);
}

async function printFromTemporal(
  handle: WorkflowHandle,
  runId: string | undefined,
  out: NodeJS.WriteStream,
): Promise<number> {
  const { workflowId } = handle;
  const meant = runId === undefined ? handle : handle.client.getHandle(workflowId, runId);
  const { status, runId: latest, raw } = await meant.describe();
  // The run id is that of the first execution of a run that has continued as new.
  const running = status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
  if (running && (await handle.describe()).status.name === 'RUNNING') {
    throw new CommandError(
      `${workflowId} still runs; its report is written at its end. Watch it: user-import watch ${workflowId}`,
      EXIT.wrongUse,
    );
  }
  const run = raw.workflowExecutionInfo?.firstRunId ?? latest;
  const result = await printResult(meant, out);
  writeLines(out, [
    `Its page, report.html, is in the runs folder of the workers (IMPORT_RUNS): ${workflowId}/${run}`,
    ...(await renderLink(meant)),
  ]);
  return result;
}
