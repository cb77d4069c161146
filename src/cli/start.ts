import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../contract/ids.js';
import { parseImportInput, type ImportRequest } from '../contract/import/input.js';
import { stageFile } from './stage-file.js';
import { CommandError, EXIT } from './exit.js';

export interface StartedImport {
  workflowId: string;
  /** Whether this very file was being imported already; nothing was started then. */
  already: boolean;
}

/**
 * Brings the file to the worker and starts its import.
 * @param say told what was done, a line at a time
 */
export async function startImport(
  client: Client,
  path: string,
  request: Omit<ImportRequest, 'file'>,
  importRoot: string | undefined,
  say: (line: string) => void,
): Promise<StartedImport> {
  // Before anything is copied: a wrong option is a wrong option whatever the file.
  const parsed = parseImportInput({ ...request, file: path });
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);

  const { file, workflowId: importId, copied } = await stageFile(path, importRoot);
  const workflowId = parsed.input.dryRun === false ? importId : `${importId}-dry-run`;
  if (copied) say(`Copied to the import root as ${file}.`);
  const already = !(await launch(client, workflowId, { ...request, file }));
  say(
    already
      ? `This very file is being imported already, as ${workflowId}; nothing was started.`
      : `Started the import ${workflowId}.`,
  );
  return { workflowId, already };
}

/** @returns false when an import of that id goes on already; nothing is started then */
export async function launch(
  client: Client,
  workflowId: string,
  request: ImportRequest,
): Promise<boolean> {
  try {
    await client.workflow.start(WORKFLOW_TYPES.importUsers, {
      taskQueue: TASK_QUEUE,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
