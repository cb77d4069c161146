import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addRetentionCommand(program: Command, context: CommandContext): void {
  telling(program.command('retention'))
    .argument('[days]', 'a whole number from 1 to 36500, or "off" (default: say what it is)')
    .option('--actor <name>', 'on whose behalf (default: IMPORT_ACTOR, else your user name)')
    .summary('have runs purged by themselves')
    .description("days after which a run's personal data is purged by itself, for all workers")
    .action(async (days: string | undefined, { actor }: { actor?: string }) => {
      const { showRetention } = await import('../retention.js');
      await showRetention(days, actor, context);
    });
}
