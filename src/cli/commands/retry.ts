import type { Command } from 'commander';
import { idArgument, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { addStartOptions, type StartOptions } from '../options.js';

export function addRetryCommand(program: Command, context: CommandContext): void {
  const command = telling(program.command('retry'))
    .addArgument(idArgument('workflow id of the import, or of any retry of it'))
    .argument('[file]', 'the corrected copy on this machine (default: its rejects.csv)');
  addStartOptions(command)
    .summary('import the corrected rows that an import rejected')
    .description(
      'import the corrected rows that an import has rejected; settings are those of that import',
    )
    .action(async (id: string | undefined, file: string | undefined, options: StartOptions) => {
      const { retryAndFollow } = await import('../start-and-follow.js');
      await retryAndFollow(id, file, options, context);
    });
}
