import { userName } from '../user-name.js';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { followUntilInterrupted } from '../follow.js';
import { renderLink } from '../link.js';
import { withMapping } from '../mapping-file.js';
import { addStartOptions, toRequest, type StartOptions } from '../options.js';
import { whyNobodyStarts } from '../silence.js';
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
        const handle = client.workflow.getHandle(workflowId);
        for (const line of await renderLink(handle)) print(line);
        if (!options.detach) exitWith(await followUntilInterrupted(handle));
        else for (const line of await whyNobodyStarts(client)) print(line);
      }),
    );
}
