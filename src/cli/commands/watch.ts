/** The commands that show the progress of an import. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { followUntilInterrupted, queryProgress } from '../follow.js';
import { renderStatus } from '../render.js';
import { withImport } from '../with-client.js';

export function addWatchCommands(program: Command, { print, exitWith }: CommandContext): void {
  program
    .command('watch')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import until it ends')
    .action((id: string) =>
      withImport(id, async (handle) => exitWith(await followUntilInterrupted(handle))),
    );

  program
    .command('status')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import once')
    .action((id: string) =>
      withImport(id, async (handle) => {
        const { status } = await handle.describe();
        const progress = await queryProgress(handle);
        print(`${id}: ${status.name.toLowerCase()}`);
        const lines = progress
          ? renderStatus(progress, id)
          : ['No worker answers; start one with: user-import worker'];
        for (const line of lines) print(line);
      }),
    );
}
