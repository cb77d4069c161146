import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { kratosSettings } from '../settings.js';

export function addOriginCommand(program: Command, { print, exitWith }: CommandContext): void {
  program
    .command('origin')
    .argument('<user>', 'address that the user signs in with, or id of the identity')
    .description('show which import created a user, for whom and when; needs no Temporal')
    .action(async (user: string) => {
      const { printOrigin } = await import('../origin.js');
      exitWith(await printOrigin(user, await kratosSettings(), print));
    });
}
