import { userName } from '../user-name.js';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { followUntilInterrupted } from '../follow.js';
import { renderLink } from '../link.js';
import { withMapping } from '../mapping-file.js';
import { overlaid } from '../overlaid.js';
import { addStartOptions, toRequest, type StartOptions } from '../options.js';
import { whyNobodyStarts } from '../silence.js';
import { withClient } from '../with-client.js';

export function addRetryCommand(program: Command, { print, exitWith }: CommandContext): void {
  const command = program
    .command('retry')
    .argument('<id>', 'workflow id of the import, or of any retry of it')
    .argument('[file]', 'the corrected copy on this machine (default: its rejects.csv)');
  addStartOptions(command)
    .description(
      'import the corrected rows that an import has rejected; settings are those of that import',
    )
    .action((workflowId: string, path: string | undefined, options: StartOptions) =>
      withClient(async (client) => {
        const actor = options.actor ?? userName();
        const { IMPORT_ROOT: importRoot, IMPORT_RUNS: runs } = process.env;
        const { forRejects, startRetry } = await import('../retry.js');
        const mapping = forRejects(await withMapping({}, options.mapping));
        const overrides = overlaid(mapping, toRequest(options));
        const id = await startRetry(
          client,
          { workflowId, path, actor, overrides },
          { importRoot, runs },
          print,
        );
        if (id === undefined) return;
        const handle = client.workflow.getHandle(id);
        for (const line of await renderLink(handle)) print(line);
        if (!options.detach) exitWith(await followUntilInterrupted(handle));
        else for (const line of await whyNobodyStarts(client)) print(line);
      }),
    );
}
