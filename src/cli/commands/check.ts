import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addImportOptions, toRequest, type StartOptions } from '../options.js';
import { checkSettings } from '../settings.js';

export function addCheckCommand(program: Command, { print, exitWith }: CommandContext): void {
  addImportOptions(program.command('check').argument('<file>', 'CSV on this machine'))
    .description(
      'validate a file against the real identity schema; changes nothing, needs no Temporal',
    )
    .action(async (file: string, options: StartOptions) => {
      const { checkFile } = await import('../check.js');
      exitWith(await checkFile(file, toRequest(options), await checkSettings(), print));
    });
}
