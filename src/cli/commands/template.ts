import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { TemplateOptions } from '../template.js';
import type { Line } from '../terminal.js';

export function addTemplateCommand(program: Command, { print }: CommandContext): void {
  program
    .command('template')
    .summary('print a CSV to begin with, made for your schema')
    .option('--schema-id <id>', 'identity schema (default: "default", else the only one)')
    .option('--mapping <file>', 'write the columns that have no default there, as a mapping file')
    .description(
      'print a header and a row to begin with, made for the real identity schema; needs no Temporal',
    )
    .action(async (options: TemplateOptions) => {
      const { printTemplate } = await import('../template.js');
      const { checkSettings } = await import('../settings.js');
      const { writeLines } = await import('../terminal.js');
      // The CSV alone goes to where the output is sent.
      const hint = (line: Line) => writeLines(process.stderr, [line]);
      await printTemplate(options, await checkSettings(), print, hint);
    });
}
