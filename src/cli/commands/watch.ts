/** The commands that show the progress of an import. */
import type { Command } from 'commander';
import { idArgument, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addWatchCommands(program: Command, context: CommandContext): void {
  telling(program.command('watch'), 'a line of JSON for each change, and one for the end,')
    .addArgument(idArgument())
    .description('show progress until the import ends')
    .action(async (id: string | undefined) => {
      const { watchImport } = await import('../watch.js');
      await watchImport(id, context);
    });

  telling(program.command('status'))
    .addArgument(idArgument())
    .description('show progress once')
    .action(async (id: string | undefined) => {
      const { showStatus } = await import('../watch.js');
      await showStatus(id, context);
    });
}
