import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { checkSettings } from '../settings.js';
import type { TemplateOptions } from '../template.js';
import { writeLines } from '../terminal.js';

export function addTemplateCommand(program: Command, { print }: CommandContext): void {
  program
    .command('template')
    .option('--schema-id <id>', 'identity schema (default: "default", else the only one)')
    .option('--mapping <file>', 'write the columns that have no default there, as a mapping file')
    .description(
      'print a header and a row to begin with, made for the real identity schema; needs no Temporal',
    )
    .action(async (options: TemplateOptions) => {
      const { printTemplate } = await import('../template.js');
      // The CSV alone goes to where the output is sent.
      const hint = (line: string) => writeLines(process.stderr, [line]);
      await printTemplate(options, await checkSettings(), print, hint);
    });
}
