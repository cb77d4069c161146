import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addOriginCommand(program: Command, context: CommandContext): void {
  telling(program.command('origin'))
    .argument('<user>', 'address that the user signs in with, or id of the identity')
    .summary('show which import created a user')
    .description('show which import created a user, for whom and when; needs no Temporal')
    .action(async (user: string) => {
      const { printOrigin } = await import('../origin.js');
      const { kratosSettings } = await import('../settings.js');
      context.exitWith(await printOrigin(user, await kratosSettings(), context));
    });
}
