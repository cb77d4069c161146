import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';

export function addPresetsCommand(program: Command, context: CommandContext): void {
  telling(program.command('presets'))
    .summary('list the products whose exports --from reads')
    .argument('[name]', 'print this one as a mapping file, to copy and change')
    .description('list the products whose exports --from reads, and what of them is kept and lost')
    .action(async (name: string | undefined) => {
      const { listPresets, printPreset } = await import('../presets.js');
      if (name === undefined) listPresets(context);
      else printPreset(name, context);
    });
}
