import type { Command } from 'commander';
import { namedIdArgument, runOption, telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { PurgeOptions } from '../purge.js';

export function addPurgeCommand(program: Command, context: CommandContext): void {
  telling(program.command('purge'))
    .addArgument(namedIdArgument())
    .addOption(runOption('all of them'))
    .option('--actor <name>', 'on whose behalf (default: IMPORT_ACTOR, else your user name)')
    .option('--all-attempts', 'also the retries, what was retried, and other imports of the file')
    .summary('remove the personal data that an import left')
    .description(
      "remove an import's personal data: copy of the file, rejects, results; report and audit stay",
    )
    .action(async (id: string, options: Partial<PurgeOptions>) => {
      const { actorOf } = await import('../actor.js');
      const { purgeImport } = await import('../purge.js');
      const actor = await actorOf(options.actor, context.print);
      await purgeImport(id, { ...options, actor }, context);
    });
}
