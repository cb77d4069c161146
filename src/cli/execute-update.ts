import {
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { CommandName } from '../contract/import/commands.js';
import { CommandError, EXIT } from './exit.js';
import type { AnyProgress } from './progress-facts.js';
import { whySilent } from './silence.js';
import { asCommands } from './spelling.js';

const ANSWER_WITHIN_S = 10;
/** Of gRPC: Temporal hands no update to a workflow whose tasks fail. */
const FAILED_PRECONDITION = 9;

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
      throw new CommandError(asCommands(error.cause?.message ?? error.message), EXIT.wrongUse);
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      // Temporal keeps an update that no worker has taken, in memory and for an unknown time.
      const mayCome = `Temporal may still hand it the command later. Look with: user-import status ${handle.workflowId}`;
      throw await notTaken(handle, `No worker answered within ${ANSWER_WITHIN_S} s`, mayCome);
    }
    if (isNotHandedOver(error)) {
      throw await notTaken(handle, 'No worker took the command', 'Give it again then.');
    }
    throw error;
  }
}

function isNotHandedOver(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : undefined;
  const code: number | undefined = isGrpcServiceError(cause) ? cause.code : undefined;
  return code === FAILED_PRECONDITION;
}

async function notTaken(handle: WorkflowHandle, what: string, then: string): Promise<CommandError> {
  const lines = [
    `${what}, and nothing has changed as far as is known.`,
    ...(await whySilent(handle)),
    then,
  ];
  return new CommandError(lines.join('\n'), EXIT.unreachable);
}
