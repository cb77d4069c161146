import { userName } from '../user-name.js';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { followUntilInterrupted } from '../follow.js';
import { withMapping } from '../mapping-file.js';
import { addStartOptions, toRequest, type StartOptions } from '../options.js';
import { startImport } from '../start.js';
import { withClient } from '../with-client.js';

export function addStartCommand(program: Command, { print, exitWith }: CommandContext): void {
  addStartOptions(program.command('start').argument('<file>', 'CSV on this machine'))
    .description('bring a file to the worker, start its import and watch it')
    .action((file: string, options: StartOptions) =>
      withClient(async (client) => {
        const given = await withMapping(toRequest(options), options.mapping);
        const request = { ...given, actor: options.actor ?? userName() };
        const importRoot = process.env['IMPORT_ROOT'];
        const workflowId = await startImport(client, file, request, importRoot, print);
        if (options.detach) return;
        exitWith(await followUntilInterrupted(client.workflow.getHandle(workflowId)));
      }),
    );
}
