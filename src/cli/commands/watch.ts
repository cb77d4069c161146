/** The commands that show the progress of an import. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit.js';
import { followUntilInterrupted, queryProgress } from '../follow.js';
import { renderLink } from '../link.js';
import { renderStatus } from '../render.js';
import { whySilent } from '../silence.js';
import { withImport } from '../with-client.js';

export function addWatchCommands(program: Command, { print, exitWith }: CommandContext): void {
  program
    .command('watch')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import until it ends')
    .action((id: string) =>
      withImport(id, async (handle) => {
        for (const line of await renderLink(handle)) print(line);
        exitWith(await followUntilInterrupted(handle));
      }),
    );

  program
    .command('status')
    .argument('<id>', 'workflow id of the import')
    .description('show the progress of an import once')
    .action((id: string) =>
      withImport(id, async (handle, { status }) => {
        const { progress, error } = await queryProgress(handle);
        const silence = progress ? [] : await whySilent(handle, error);
        const shown = progress ? renderStatus(progress, id) : silence;
        print(`${id}: ${status.name.toLowerCase()}`);
        for (const line of [...shown, ...(await renderLink(handle))]) print(line);
        if (silence.length > 0) exitWith(EXIT.unreachable);
        else if (!progress) print(`What came of it: user-import report ${id}`);
      }),
    );
}
