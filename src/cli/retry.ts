/** Retries: importing the corrected rows that an earlier import has rejected, until none is left. */
import { basename } from 'node:path';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { ofRejects } from '../contract/import/csv-settings.js';
import { parseImportInput } from '../contract/import/input.js';
import { ownFileName } from '../contract/own-file-name.js';
import { formatNumber } from '../format.js';
import type { Report } from '../contract/report.js';
import { rejectedIn } from '../report/attempts.js';
import { findRetryChain, type RetryChain } from '../store/find-attempts.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { openStore } from '../store/open-store.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import type { Print } from './command-context.js';
import { overlaid, type PartOfRequest } from './overlaid.js';
import { stageFile, stageStored, type StagedFile } from './stage-file.js';
import { CommandError, EXIT } from './exit.js';
import { launch } from './start.js';

export interface RetryRequest {
  /** Workflow id of the import, or of any retry of it. */
  workflowId: string;
  /** The corrected copy, on this machine; the run's rejects.csv when absent. */
  path: string | undefined;
  actor: string;
  /** Settings that differ from those of the import that is retried. */
  overrides: PartOfRequest;
}

/** The settings of the workers, where this machine has them. */
export interface Folders {
  importRoot: string | undefined;
  runs: string | undefined;
}

/**
 * Starts the next attempt.
 * @returns the workflow id of the attempt to follow; undefined when nothing is left to retry
 */
export async function startRetry(
  client: Client,
  { workflowId, path, actor, overrides }: RetryRequest,
  { importRoot, runs }: Folders,
  print: Print,
): Promise<string | undefined> {
  if (!runs) {
    throw new CommandError(
      "IMPORT_RUNS is not set, so the runs that can be retried are not known here. Set it to the workers' one or, where that is a folder, run this where the folder is, for example in a worker's container.",
      EXIT.wrongUse,
    );
  }
  const store = await openStore(runs);
  const chain = await findRetryChain(store, workflowId).catch(ignoreMissing);
  if (!chain) {
    throw new CommandError(
      `There is no run of an import "${workflowId}" in ${runs} (IMPORT_RUNS).`,
      EXIT.wrongUse,
    );
  }
  const { base, unfinished, next } = chain;
  if (unfinished && !unfinished.report && (await isRunning(client, unfinished.workflowId))) {
    print(`The retry ${unfinished.workflowId} goes on already; nothing was started.`);
    return unfinished.workflowId;
  }
  if (!base) throw new CommandError(await whyNot(client, chain), EXIT.wrongUse);
  const rejected = rejectedIn(base.rows);
  if (rejected === 0) {
    print(`Nothing is left to retry: ${base.run.workflowId} has rejected no row.`);
    return undefined;
  }
  const settings = forRejects(base.settings);
  // Rows that are still wrong are left for another attempt.
  const usual = { ...settings, onInvalid: 'import-valid' as const };
  const request = { ...usual, ...overlaid(usual, overrides), actor, retryOf: base.run };
  const parsed = parseImportInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);

  if (base.run.workflowId !== workflowId) print(`The newest attempt is ${base.run.workflowId}.`);
  const { file, sha256, copied } = await fileToImport(path, chain, base, { importRoot, store });
  if (copied) print(`Copied to the import root as ${file}.`);
  const id = parsed.input.dryRun === false ? next : `${next}-dry-run`;
  const started = await launch(client, id, { ...request, file }, sha256);
  print(
    started
      ? `Started the retry ${id} of ${formatNumber(rejected)} rejected ${rejected === 1 ? 'row' : 'rows'} of ${base.run.workflowId}.`
      : `The retry ${id} goes on already; nothing was started.`,
  );
  return id;
}

/**
 * The settings of a run as they hold for its rejects.csv, which has other users than a canary knew. It is never all of
 * a source: nobody is missing from it. Its users are of the source all the same.
 */
export function forRejects<Request extends PartOfRequest>(
  request: Request,
): Omit<Request, 'canarySignIns' | 'adopt' | 'newest'> {
  const { canarySignIns: _, adopt: __, newest: ___, ...others } = request;
  const { csv, missing } = request;
  return {
    ...others,
    ...(csv && { csv: ofRejects(csv) }),
    ...(missing && { missing: { ...missing, do: 'nothing' as const } }),
  };
}

/** The file of an attempt that did not finish, if there is one, else the rejects.csv of the last one. */
async function fileToImport(
  path: string | undefined,
  { unfinished }: RetryChain,
  base: Report,
  { importRoot, store }: { importRoot: string | undefined; store: Store },
): Promise<Pick<StagedFile, 'file' | 'copied'> & Pick<Report, 'sha256'>> {
  if (path !== undefined) return stageFile(path, importRoot);
  // A path that a report names is not opened here: the worker takes it only where it lies below the import root.
  const again = unfinished?.report?.settings.file;
  if (again !== undefined)
    return { file: again, sha256: unfinished?.report?.sha256, copied: false };
  if (base.purgedAt !== undefined) {
    throw new CommandError(
      `The rejected rows of ${base.run.workflowId} were removed on ${base.purgedAt} (purge). Name the corrected copy: user-import retry ${base.run.workflowId} FILE`,
      EXIT.wrongUse,
    );
  }
  return stageStored(store, new RunLayout(store, base.run).rejects, importRoot);
}

async function whyNot(client: Client, { first, firstReport }: RetryChain): Promise<string> {
  if (!firstReport) {
    return (await isRunning(client, first))
      ? `${first} still goes on. Retry what it rejects once it has ended; watch it: user-import watch ${first}`
      : `${first} has left no report: it was terminated. Start its file again; existing users are skipped.`;
  }
  const file = basename(
    ownFileName(firstReport.settings.file, { ...firstReport, workflowId: first }),
  );
  switch (firstReport.ending) {
    case 'dry-run':
      return `${first} was a dry run: nothing was imported, so nothing can be retried. Start the import itself.`;
    case 'validation-failed':
      return `${first} has imported nobody. Correct ${file} itself and start it again.`;
    case 'unchanged':
      return `${first} had nothing to do: its file is that of the last run of the source, which has rejected nothing.`;
    default:
      return `${first} ended before its end. Start ${file} again: it goes on where that one stopped, and what it rejects can be retried then.`;
  }
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status, type } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' && type === WORKFLOW_TYPES.importUsers;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
