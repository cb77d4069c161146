import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { undoImport, type UndoOptions } from '../undo.js';
import { withClient } from '../with-client.js';

export function addUndoCommand(program: Command, { print, exitWith }: CommandContext): void {
  program
    .command('undo')
    .argument('<id>', 'workflow id of the import')
    .option('--run <run>', 'run id, as its folder is called (default: the newest)')
    .option('--actor <name>', 'on whose behalf (default: your user name)')
    .option('--force', 'also users who have logged in, set a password or been changed')
    .option('--yes', 'carry the plan out without asking')
    .description('delete the users that an import created and restore those that it updated')
    .action((id: string, options: UndoOptions) =>
      withClient(async (client) => exitWith(await undoImport(client, id, options, print))),
    );
}
