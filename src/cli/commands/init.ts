import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { InitOptions } from '../init.js';

export function addInitCommand(program: Command, context: CommandContext): void {
  program
    .command('init')
    .option(
      '--yes',
      'ask nothing: take what the environment sets, and what answers on this machine',
    )
    .summary('ask the few questions, and write .env')
    .description('ask the few questions, try each answer, and write .env')
    .action(async (options: InitOptions) => {
      const { initialize } = await import('../init.js');
      await initialize(options, context);
    });
}
