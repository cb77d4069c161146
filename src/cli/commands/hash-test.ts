import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addHashTestCommand(program: Command, context: CommandContext): void {
  telling(program.command('hash-test'))
    .summary('find out how exported password hashes are to be read')
    .description(
      'find out how exported password hashes are to be imported, from one password that is known; signs in to Kratos as an invented user, who is removed again',
    )
    .option(
      '--file <file>',
      'JSON of password, hash and what stands beside it (salt, iterations …); - is the standard input (default: asks)',
    )
    .option(
      '--schema-id <id>',
      'identity schema of that user (default: "default", else the only one)',
    )
    .action(async ({ file, schemaId }: { file?: string; schemaId?: string }) => {
      const { testHash } = await import('../hash-test.js');
      const { checkSettings } = await import('../settings.js');
      context.exitWith(await testHash({ source: file, schemaId }, await checkSettings(), context));
    });
}
