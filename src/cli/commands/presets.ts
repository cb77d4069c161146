import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { listPresets, printPreset } from '../presets.js';

export function addPresetsCommand(program: Command, { print }: CommandContext): void {
  program
    .command('presets')
    .argument('[name]', 'print this one as a mapping file, to copy and change')
    .description('list the products whose exports --from reads, and what of them is kept and lost')
    .action((name: string | undefined) => {
      if (name === undefined) listPresets(print);
      else printPreset(name, print);
    });
}
