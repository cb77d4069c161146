import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { addImportOptions, toRequest, type StartOptions } from '../options.js';

interface CheckOptions extends StartOptions {
  rejects?: string;
}

export function addCheckCommand(program: Command, context: CommandContext): void {
  addImportOptions(telling(program.command('check')).argument('<file>', 'CSV on this machine'))
    .option('--rejects <file>', 'write the refused rows there, with their reasons')
    .summary('validate a file; changes nothing')
    .description(
      'validate a file against the real identity schema; changes nothing, needs no Temporal',
    )
    .action(async (path: string, { rejects, ...options }: CheckOptions) => {
      const { checkFile } = await import('../check.js');
      const { checkSettings } = await import('../settings.js');
      const { withMapping } = await import('../mapping-file.js');
      const request = await withMapping(toRequest(options), options.mapping);
      context.exitWith(await checkFile({ path, request, rejects }, await checkSettings(), context));
    });
}
