import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { memoOf } from '../contract/import/memo.js';
import {
  parseImportInput,
  type ImportInput,
  type ImportRequest,
} from '../contract/import/input.js';
import { ownFileName } from '../contract/own-file-name.js';
import { importTitle } from '../contract/titles.js';
import type { Print } from './command-context.js';
import { confirmFile, stageFile } from './stage-file.js';
import { importDetails } from './static-details.js';
import { CommandError, EXIT } from './exit.js';
import { taskQueue } from '../temporal.js';

/**
 * What can be wrong with a start before Temporal is asked.
 * @throws CommandError
 */
export async function prepareStart(
  path: string,
  request: Omit<ImportRequest, 'file'>,
): Promise<void> {
  parseRequest({ ...request, file: path });
  await confirmFile(path);
}

/**
 * Copies the file to where workers read it, and starts its import.
 * @returns the workflow id of the import; it may have been running before
 */
export async function startImport(
  client: Client,
  path: string,
  request: Omit<ImportRequest, 'file'>,
  importRoot: string | undefined,
  print: Print,
): Promise<string> {
  // Before the file is copied: a wrong option is wrong whatever the file.
  const { dryRun } = parseRequest({ ...request, file: path });
  const { file, workflowId: importId, sha256, copied } = await stageFile(path, importRoot);
  const workflowId = dryRun === false ? importId : `${importId}-dry-run`;
  if (copied) print(`Copied to the import root as ${file}.`);
  const isStarted = await launch(client, workflowId, { ...request, file }, sha256);
  print(
    isStarted
      ? `Started the import ${workflowId}.`
      : `This very file is being imported already, as ${workflowId}; nothing was started.`,
  );
  return workflowId;
}

/**
 * @param sha256 of the file, where it is known: a copy is titled by the name that the file had before
 * @returns false, and starts nothing, when an import of that id is running
 */
export async function launch(
  client: Client,
  workflowId: string,
  request: ImportRequest,
  sha256: string | undefined,
): Promise<boolean> {
  const input = parseRequest(request);
  try {
    await client.workflow.start(WORKFLOW_TYPES.importUsers, {
      taskQueue: taskQueue(),
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
      memo: memoOf(input),
      staticSummary: importTitle({ ...input, file: ownFileName(request.file, { sha256 }) }),
      staticDetails: importDetails(input),
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const { type } = await client.workflow.getHandle(workflowId).describe();
  if (type === WORKFLOW_TYPES.importUsers) return false;
  throw new CommandError(
    `${workflowId} is the name of a workflow that is no import. End it, then start again.`,
    EXIT.wrongUse,
  );
}

/** @throws CommandError */
export function parseRequest(request: ImportRequest): ImportInput {
  const parsed = parseImportInput(request);
  if (parsed.ok) return parsed.input;
  throw new CommandError(parsed.message, EXIT.wrongUse);
}
