/** The commands that steer a running import: each is an update, whose answer is the new state. */
import type { Command } from 'commander';
import { WORKFLOW_TYPES } from '../../contract/ids.js';
import { UNDO_COMMAND_NAMES } from '../../contract/undo/commands.js';
import { parseCommand, type CommandName } from '../../contract/import/commands.js';
import type { CommandContext } from '../command-context.js';
import { executeUpdate } from '../execute-update.js';
import { CommandError, EXIT } from '../exit.js';
import { renderLink } from '../link.js';
import { toNumber } from '../options.js';
import { renderState } from '../render.js';
import { withRunningImport } from '../with-client.js';

interface SteeringCommand {
  name: string;
  update: CommandName;
  description: string;
  /** Follows the import's id. */
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
    description: 'go on after a pause by an operator, or by the import itself',
  },
  {
    name: 'approve',
    update: 'approve',
    description: 'approve what waits for approval: the plan, or the canary rows',
  },
  {
    name: 'mode',
    update: 'setMode',
    description: 'what happens to existing users, from the next chunk on',
    argument: {
      usage: '<skip|update>',
      description: 'what happens to existing users',
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

export function addSteeringCommands(program: Command, { print }: CommandContext): void {
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
      await withRunningImport(id, async (handle, { type }) => {
        const isOfUndo = (UNDO_COMMAND_NAMES as string[]).includes(update);
        if (!isOfUndo && type === WORKFLOW_TYPES.undoImport) throw notOfUndo(id);
        print(renderState(await executeUpdate(handle, update, args), id));
        for (const line of await renderLink(handle)) print(line);
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
