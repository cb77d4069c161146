/** The commands that steer a running import, each carried out as the update that answers with what holds then. */
import {
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Command } from 'commander';
import { UNDO_COMMAND_NAMES } from '../contract/undo/commands.js';
import { parseCommand, type CommandName } from '../contract/import/commands.js';
import { CommandError, EXIT } from './exit.js';
import { toNumber } from './options.js';
import { isUndo } from './follow.js';
import { renderState, type AnyProgress } from './render.js';
import { withRunningImport } from './with-client.js';

interface SteeringCommand {
  name: string;
  update: CommandName;
  description: string;
  /** What follows the import's id, where anything does. */
  argument?: { usage: string; description: string; read: (text: string) => unknown };
}

const STEERING: SteeringCommand[] = [
  {
    name: 'pause',
    update: 'pause',
    description:
      'start no new chunk and no new mail until it is resumed; what is in flight finishes',
  },
  {
    name: 'resume',
    update: 'resume',
    description: 'go on after a pause, whoever paused it',
  },
  {
    name: 'approve',
    update: 'approve',
    description: 'go on at the gate that waits for approval: the plan, or the canary rows',
  },
  {
    name: 'mode',
    update: 'setMode',
    description: 'what happens to users who exist, from the next chunk on',
    argument: {
      usage: '<skip|update>',
      description: 'what happens to users who exist',
      read: (text) => text,
    },
  },
  {
    name: 'concurrency',
    update: 'setConcurrency',
    description: 'chunks in flight at most, from the next chunk on',
    argument: { usage: '<n>', description: '1 to 50', read: toNumber },
  },
  {
    name: 'email-rate',
    update: 'setEmailRate',
    description: 'invitation mails a minute at most',
    argument: { usage: '<n>', description: '1 to 60000', read: toNumber },
  },
  {
    name: 'release-invitations',
    update: 'releaseInvitations',
    description: 'send the invitations that are held',
  },
];

export function addSteeringCommands(program: Command, say: (line: string) => void): void {
  for (const { name, update, description, argument } of STEERING) {
    const command = program
      .command(name)
      .argument('<id>', 'workflow id of the import')
      .description(description);
    if (argument) command.argument(argument.usage, argument.description);
    command.action(async (id: string, text: string) => {
      const args = argument ? [argument.read(text)] : [];
      const parsed = parseCommand(update, args[0]);
      if (!parsed.ok) throw new CommandError(parsed.refusal, EXIT.wrongUse);
      await withRunningImport(id, async (handle) => {
        const isOfUndo = (UNDO_COMMAND_NAMES as string[]).includes(update);
        if (!isOfUndo && (await isUndo(handle))) throw notOfUndo(id);
        say(renderState(await carryOut(handle, update, args), id));
      });
    });
  }
}

function notOfUndo(id: string): CommandError {
  return new CommandError(
    `${id} is an undo: it takes ${UNDO_COMMAND_NAMES.join(', ')} and cancel.`,
    EXIT.wrongUse,
  );
}

const ANSWER_WITHIN_S = 10;

export async function carryOut(
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
      // Temporal keeps an update that no worker has taken, in memory and for as long as it likes.
      throw new CommandError(
        `No worker answered within ${ANSWER_WITHIN_S} s, and nothing has changed as far as is known. Start one with: user-import worker\n` +
          `Temporal may still hand it the command then. Look with: user-import status ${handle.workflowId}`,
        EXIT.unreachable,
      );
    }
    throw error;
  }
}
