/** The commands that steer a running import: each is an update, whose answer is the new state. */
import { Argument, type Command } from 'commander';
import { isWorkflowId } from '../../contract/ids.js';
import type { CommandName } from '../../contract/import/commands.js';
import { idArgument, notAnId, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { toNumber } from '../options.js';

interface SteeringCommand {
  name: string;
  update: CommandName;
  /** In the list of commands. */
  summary: string;
  description: string;
  /** Follows the import's id. */
  argument?: {
    name: string;
    description: string;
    read: (text: string) => unknown;
    /** What stands alone and is none of these is taken for an id without its value. */
    looks: RegExp;
  };
}

const STEERING: SteeringCommand[] = [
  {
    name: 'pause',
    update: 'pause',
    summary: 'start nothing new',
    description:
      'start no new chunk and no new mail until it is resumed; what is in flight finishes',
  },
  {
    name: 'resume',
    update: 'resume',
    summary: 'go on after a pause',
    description: 'go on after a pause by an operator, or by the import itself',
  },
  {
    name: 'approve',
    update: 'approve',
    summary: 'approve what waits: the plan, or the canary rows',
    description: 'approve what waits for approval: the plan, or the canary rows',
  },
  {
    name: 'mode',
    update: 'setMode',
    summary: 'skip or update existing users',
    description: 'what happens to existing users, from the next chunk on',
    argument: {
      name: 'skip|update',
      description: 'skip or update',
      read: (text) => text,
      looks: /^(skip|update)$/,
    },
  },
  {
    name: 'concurrency',
    update: 'setConcurrency',
    summary: 'chunks in flight at most',
    description: 'chunks in flight at most, from the next chunk on',
    argument: { name: 'n', description: '1 to 50', read: toNumber, looks: /^-?\d/ },
  },
  {
    name: 'email-rate',
    update: 'setEmailRate',
    summary: 'invitation mails a minute at most',
    description: 'invitation mails a minute at most',
    argument: { name: 'n', description: '1 to 60000', read: toNumber, looks: /^-?\d/ },
  },
  {
    name: 'release-invitations',
    update: 'releaseInvitations',
    summary: 'send the held invitations',
    description: 'send the invitations that are held',
  },
];

export function addSteeringCommands(program: Command, context: CommandContext): void {
  for (const { name, update, summary, description, argument } of STEERING) {
    const command: Command = telling(program.command(name))
      .summary(summary)
      .description(description);
    if (!argument) {
      command.addArgument(idArgument()).action(async (id: string | undefined) => {
        const { steer } = await import('../steer.js');
        await steer(id, { update }, context);
      });
      continue;
    }
    command
      .usage(`[options] [id] <${argument.name}>`)
      .addArgument(new Argument('[id]', 'workflow id of the import (default: the newest import)'))
      .addArgument(new Argument(`[${argument.name}]`, argument.description))
      // Alone, the value is what comes first.
      .action(async (first: string | undefined, second: string | undefined) => {
        const value = second ?? first;
        const isAlone = second === undefined;
        if (value === undefined || (isAlone && !argument.looks.test(value))) {
          const taken = value === undefined ? '' : `; "${value}" is taken for an import's id`;
          command.error(`error: missing required argument '${argument.name}'${taken}`);
        }
        const id = second === undefined ? undefined : first!;
        if (id !== undefined && !isWorkflowId(id)) command.error(`error: ${notAnId(id)}`);
        const { steer } = await import('../steer.js');
        await steer(id, { update, argument: argument.read(value) }, context);
      });
  }
}
