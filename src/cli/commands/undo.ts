import type { Command } from 'commander';
import { idArgument, runOption, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { UndoOptions } from '../undo.js';

export function addUndoCommand(program: Command, context: CommandContext): void {
  telling(program.command('undo'))
    .addArgument(idArgument())
    .addOption(runOption('all that are not undone yet'))
    .option('--actor <name>', 'on whose behalf (default: IMPORT_ACTOR, else your user name)')
    .option('--force', 'also users who have logged in, set a password or been changed')
    .option('--yes', 'carry the plan out without asking')
    .summary('take an import back')
    .description('delete the users that an import created and restore those that it updated')
    .action(async (id: string | undefined, options: UndoOptions) => {
      const { undoImport } = await import('../undo.js');
      await undoImport(id, options, context);
    });
}
