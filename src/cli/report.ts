/** The result of a run, for the terminal, and its page for the browser. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Report } from '../contract/report.js';
import { latestReport } from '../store/find-attempts.js';
import { readReport } from '../store/report-file.js';
import { findRun } from '../store/find-run.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { openStore } from '../store/open-store.js';
import { RunLayout } from '../store/run-layout.js';
import { folderOfWorkflow } from '../store/workflow-folder.js';
import { temporalNamespace } from '../temporal.js';
import { executionUrl, temporalUiUrl } from '../temporal-ui.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT, statusOf } from './exit.js';
import { printResult } from './follow.js';
import { describeLink, renderLink } from './link.js';
import { meantImport } from './newest-import.js';
import { openPage } from './open-page.js';
import { renderReport } from './render-report.js';
import { pathIn, saveFiles } from './save-files.js';
import { describeUnreported, makeMissingReport } from './unreported.js';
import { withClient, withImport } from './with-client.js';

const PAGE = 'report.html';

export interface ReportOptions {
  /** Run id; the newest run when absent. */
  run?: string;
  /** Whether the page may be opened. */
  open: boolean;
  /** A new folder of this machine that gets the run's files. */
  out?: string;
  /** Whether a report that is missing may be made. */
  make?: boolean;
  /** The operator says that the run has ended. */
  ended?: boolean;
}

/**
 * Prints the result of a run from its folder; where this machine does not see that, from Temporal.
 * @param runs `IMPORT_RUNS` of this machine, if it has one
 * @returns the exit status that the run's end means
 */
export async function printReport(
  id: string | undefined,
  { run, open, out: saveTo, make = false, ended = false }: ReportOptions,
  runs: string | undefined,
  context: CommandContext,
): Promise<number> {
  const { print, printJson, reader } = context;
  const workflowId =
    id ?? (await withClient((client) => meantImport(client, undefined, context.print)));
  const folder = runs === undefined ? undefined : await folderOf(runs, workflowId, run);
  const report = folder && ((await readReport(folder)) ?? (make && (await made(folder, ended))));
  if (!folder || !report) {
    if (make) throw nothingHere('--make', workflowId, runs);
    if (saveTo !== undefined) throw nothingHere('--out', workflowId, runs);
    return withImport(workflowId, print, (handle) =>
      printFromTemporal(handle, run, context, folder),
    );
  }
  if (saveTo !== undefined) await saveFiles(folder, report.files, saveTo);
  const where = saveTo ?? folder.address;
  const latest = run === undefined ? await latestReport(folder.store, report) : report;
  const isLatest = latest.run.runId === report.run.runId;
  const shown = isLatest ? latest : report;
  printJson({ ...shown, folder: where, ...(!isLatest && { latest }) });
  for (const line of [...renderReport(shown, where, latest), ...linkOf(shown)]) print(line);
  const isHere = !where.includes('://');
  if (!isHere) print(`Save them: user-import report ${workflowId} --out FOLDER`);
  if (open && isHere && reader === 'person' && report.files.includes(PAGE)) {
    openPage(pathIn(where, PAGE), process.stdout.isTTY);
  }
  return statusOf(report);
}

/** As the worker knew it, else by the setting of this command. */
function linkOf({ temporalUrl, run }: Report): string[] {
  const uiUrl = temporalUiUrl();
  const url = temporalUrl ?? (uiUrl && executionUrl(uiUrl, temporalNamespace(), run));
  return url === undefined ? [] : [describeLink(url)];
}

async function folderOf(
  runs: string,
  workflowId: string,
  runId: string | undefined,
): Promise<RunLayout | undefined> {
  const store = await openStore(runs);
  // A folder that is not on this machine is that of the workers' machines.
  const run = await findRun(store, workflowId, runId).catch(ignoreMissing);
  return run && new RunLayout(store, run);
}

function made(folder: RunLayout, ended: boolean): Promise<Report> {
  const importRoot = process.env['IMPORT_ROOT'] || undefined;
  if (ended) return makeMissingReport(undefined, folder, importRoot);
  return withClient((client) => makeMissingReport(client, folder, importRoot));
}

function nothingHere(option: string, workflowId: string, runs: string | undefined): CommandError {
  return new CommandError(
    runs === undefined
      ? `${option}: IMPORT_RUNS is not set, so the files of runs are not known here. Set it to the workers' one.`
      : `${option}: there is no ${option === '--make' ? 'run' : 'report'} of ${workflowId} in ${runs} (IMPORT_RUNS).`,
    EXIT.wrongUse,
  );
}

async function printFromTemporal(
  handle: WorkflowHandle,
  runId: string | undefined,
  context: CommandContext,
  folder: RunLayout | undefined,
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
  if (folder?.run.runId === (runId ?? run)) {
    const why = status.name.toLowerCase().replace('_', ' ');
    context.printJson({ ...folder.run, status: status.name.toLowerCase(), report: null });
    for (const line of await describeUnreported(folder, `It was ended (${why})`))
      context.print(line);
    return EXIT.incomplete;
  }
  const result = await printResult(meant, context);
  const place = [
    `Its page, report.html, is in the runs folder of the workers (IMPORT_RUNS): ${folderOfWorkflow(workflowId)}/${run}`,
    ...(await renderLink(meant)),
  ];
  for (const line of place) context.print(line);
  return result;
}
