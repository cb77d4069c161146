import {
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { CommandName } from '../contract/import/commands.js';
import { CommandError, EXIT } from './exit.js';
import type { AnyProgress } from './render.js';

const ANSWER_WITHIN_S = 10;

/**
 * Sends a command to a workflow as an update.
 * @returns the state that the command has led to
 */
export async function executeUpdate(
  handle: WorkflowHandle,
  update: CommandName,
  args: unknown[],
): Promise<AnyProgress> {
  try {
    return await handle.client.withDeadline(Date.now() + ANSWER_WITHIN_S * 1000, () =>
      handle.executeUpdate<AnyProgress, [unknown]>(update, { args: args as [unknown] }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new CommandError(error.cause?.message ?? error.message, EXIT.wrongUse);
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      // Temporal keeps an update that no worker has taken, in memory and for an unknown time.
      throw new CommandError(
        `No worker answered within ${ANSWER_WITHIN_S} s, and nothing has changed as far as is known. Start one with: user-import worker\n` +
          `Temporal may still hand it the command then. Look with: user-import status ${handle.workflowId}`,
        EXIT.unreachable,
      );
    }
    throw error;
  }
}
