import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { withMapping } from '../mapping-file.js';
import { addImportOptions, toRequest, type StartOptions } from '../options.js';
import { checkSettings } from '../settings.js';

interface CheckOptions extends StartOptions {
  rejects?: string;
}

export function addCheckCommand(program: Command, { print, exitWith }: CommandContext): void {
  addImportOptions(program.command('check').argument('<file>', 'CSV on this machine'))
    .option('--rejects <file>', 'write the refused rows there, with their reasons')
    .description(
      'validate a file against the real identity schema; changes nothing, needs no Temporal',
    )
    .action(async (path: string, { rejects, ...options }: CheckOptions) => {
      const { checkFile } = await import('../check.js');
      const request = await withMapping(toRequest(options), options.mapping);
      exitWith(await checkFile({ path, request, rejects }, await checkSettings(), print));
    });
}
