import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { connectClient, noLongerReachable, temporalAddress } from '../temporal.js';
import { isNoAnswer } from './away.js';
import type { Print } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { meantImport } from './newest-import.js';

/** Runs `use` with a connection to Temporal, and closes the connection in any case. */
export async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const { client, close } = await connectClient();
  try {
    return await use(client);
  } catch (error) {
    throw isNoAnswer(error) ? noLongerReachable(error) : error;
  } finally {
    await close();
  }
}

/** What a command does with one import or undo, of which `found` is what Temporal knows at its start. */
type UseImport<T> = (handle: WorkflowHandle, found: WorkflowExecutionDescription) => Promise<T>;

/**
 * Runs `use` with a handle on one import, or on one undo.
 * @param id undefined: the newest import
 */
export function withImport<T>(id: string | undefined, print: Print, use: UseImport<T>): Promise<T> {
  return withClient(async (client) => {
    const workflowId = await meantImport(client, id, print);
    try {
      const handle = client.workflow.getHandle(workflowId);
      const found = await handle.describe();
      if (!FOR_COMMANDS.has(found.type)) throw notAnImport(found);
      return await use(handle, found);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const { namespace } = client.options;
      throw new CommandError(
        `There is no import "${workflowId}" in the namespace "${namespace}" of Temporal at ${temporalAddress()}. List them: user-import runs`,
        EXIT.wrongUse,
      );
    }
  });
}

const FOR_COMMANDS = new Set<string>([WORKFLOW_TYPES.importUsers, WORKFLOW_TYPES.undoImport]);

function notAnImport({
  workflowId,
  type,
  parentExecution,
}: WorkflowExecutionDescription): CommandError {
  const parent = parentExecution?.workflowId;
  const whole = parent === undefined ? '' : ` It is a part of ${parent}: name that one.`;
  return new CommandError(
    `${workflowId} is the name of a workflow that is no import and no undo, but of the type ${type}.${whole}`,
    EXIT.wrongUse,
  );
}

/** Runs `use` with a handle on one import that has not ended. */
export function withRunningImport<T>(
  id: string | undefined,
  print: Print,
  use: UseImport<T>,
): Promise<T> {
  return withImport(id, print, async (handle, found) => {
    const { status } = found;
    if (status.name !== 'RUNNING') throw hasEnded(found, status.name.toLowerCase());
    try {
      return await use(handle, found);
    } catch (error) {
      // The import ran a moment ago.
      throw error instanceof WorkflowNotFoundError ? hasEnded(found, 'just now') : error;
    }
  });
}

function hasEnded({ workflowId, type }: WorkflowExecutionDescription, how: string): CommandError {
  // An undo has no report of its own.
  const look = type === WORKFLOW_TYPES.undoImport ? 'status' : 'report';
  return new CommandError(
    `${workflowId} has ended already (${how}). What came of it: user-import ${look} ${workflowId}`,
    EXIT.wrongUse,
  );
}
