import type { Command } from 'commander';
import { idArgument, runOption, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { PurgeOptions } from '../purge.js';

export function addPurgeCommand(program: Command, context: CommandContext): void {
  telling(program.command('purge'))
    .addArgument(idArgument())
    .addOption(runOption('the newest'))
    .option('--actor <name>', 'on whose behalf (default: your user name)')
    .option('--all-attempts', 'also the retries, what was retried, and other imports of the file')
    .summary('remove the personal data that an import left')
    .description(
      "remove a run's personal data: its copy of the file, rejects, results; report and audit stay",
    )
    .action(async (id: string | undefined, options: PurgeOptions) => {
      const { purgeImport } = await import('../purge.js');
      await purgeImport(id, options, context);
    });
}
