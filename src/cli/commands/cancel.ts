import type { Command } from 'commander';
import { idArgument, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addCancelCommand(program: Command, context: CommandContext): void {
  telling(program.command('cancel'))
    .addArgument(idArgument())
    .summary('stop an import')
    .description('stop an import: what is in flight finishes, the report is written')
    .action(async (id: string | undefined) => {
      const { cancelImport } = await import('../cancel.js');
      await cancelImport(id, context);
    });
}
