import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { connectClient } from '../temporal.js';
import { CommandError, EXIT } from './exit.js';

/** Runs `use` with a connection to Temporal, and closes the connection in any case. */
export async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const { client, close } = await connectClient();
  try {
    return await use(client);
  } finally {
    await close();
  }
}

/** Runs `use` with a handle on one import. */
export function withImport<T>(
  workflowId: string,
  use: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  return withClient(async (client) => {
    try {
      return await use(client.workflow.getHandle(workflowId));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new CommandError(`There is no import "${workflowId}".`, EXIT.wrongUse);
    }
  });
}

/** Runs `use` with a handle on one import that has not ended. */
export function withRunningImport<T>(
  workflowId: string,
  use: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  return withImport(workflowId, async (handle) => {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') throw hasEnded(workflowId, status.name.toLowerCase());
    try {
      return await use(handle);
    } catch (error) {
      // The import ran a moment ago.
      throw error instanceof WorkflowNotFoundError ? hasEnded(workflowId, 'just now') : error;
    }
  });
}

function hasEnded(workflowId: string, how: string): CommandError {
  return new CommandError(`${workflowId} has ended already (${how}).`, EXIT.wrongUse);
}
