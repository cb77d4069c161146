import type { Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { addStartOptions, type StartOptions } from '../options.js';

export function addStartCommand(program: Command, context: CommandContext): void {
  addStartOptions(telling(program.command('start')).argument('<file>', 'CSV on this machine'))
    .summary('import a file and watch it')
    .description('bring a file to the worker, start its import and watch it')
    .action(async (file: string, options: StartOptions) => {
      const { startAndFollow } = await import('../start-and-follow.js');
      await startAndFollow(file, options, context);
    });
}
