import type { Command } from 'commander';
import { WORKFLOW_TYPES } from '../../contract/ids.js';
import type { CommandContext } from '../command-context.js';
import { renderLink } from '../link.js';
import { whyStuck } from '../silence.js';
import { withRunningImport } from '../with-client.js';

export function addCancelCommand(program: Command, { print }: CommandContext): void {
  program
    .command('cancel')
    .argument('<id>', 'workflow id of the import')
    .description('stop an import: chunks in flight finish, the report is written')
    .action((id: string) =>
      withRunningImport(id, async (handle, { type }) => {
        await handle.cancel();
        print(
          type === WORKFLOW_TYPES.undoImport
            ? `Cancelling ${id}: what is in flight finishes, and undo.csv lists the users that are left. Start the undo again to go on.`
            : `Cancelling ${id}: the chunks in flight finish, then the report is written. Start the same file again to import the rest.`,
        );
        for (const line of await whyStuck(handle)) print(line);
        for (const line of await renderLink(handle)) print(line);
      }),
    );
}
