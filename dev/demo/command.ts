import type { Command } from 'commander';
import type { CommandContext } from '../../src/cli/command-context.js';

/** Adds `user-import demo`. */
export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .argument('[file]', 'CSV to import (default: the sample of 1,000 users)')
    .option('--exit', 'end when the import is done')
    .summary('try it: all servers on this machine, and a sample')
    .description('start Temporal, Kratos and an inbox on this machine and import a sample')
    .action(async (file: string | undefined, options: { exit?: boolean }) => {
      // Loaded here: the servers' launchers take longer to load than most commands take.
      const { runDemo } = await import('./demo.js');
      context.exitWith(await runDemo({ file, exit: options.exit ?? false }, context));
    });
}
