/** Steering a running import by an update. */
import { parseCommand, type CommandName } from '../contract/import/commands.js';
import { WORKFLOW_TYPES } from '../contract/ids.js';
import { UNDO_COMMAND_NAMES } from '../contract/undo/commands.js';
import type { CommandContext } from './command-context.js';
import { executeUpdate } from './execute-update.js';
import { CommandError, EXIT } from './exit.js';
import { renderLink } from './link.js';
import { renderState } from './render.js';
import { asCommands } from './spelling.js';
import { withRunningImport } from './with-client.js';

/** A command to an import, with its argument where it takes one. */
interface Steering {
  update: CommandName;
  argument?: unknown;
}

/** @param id undefined: the newest import */
export async function steer(
  id: string | undefined,
  { update, argument }: Steering,
  { print, printJson }: CommandContext,
): Promise<void> {
  const parsed = parseCommand(update, argument);
  if (!parsed.ok) throw new CommandError(asCommands(parsed.refusal), EXIT.wrongUse);
  await withRunningImport(id, print, async (handle, { type, runId }) => {
    const { workflowId } = handle;
    const isOfUndo = (UNDO_COMMAND_NAMES as string[]).includes(update);
    if (!isOfUndo && type === WORKFLOW_TYPES.undoImport) throw notOfUndo(workflowId);
    const args = argument === undefined ? [] : [argument];
    const progress = await executeUpdate(handle, update, args);
    printJson({ workflowId, runId, progress });
    const lines = [...renderState(progress, workflowId), ...(await renderLink(handle))];
    for (const line of lines) print(line);
  });
}

function notOfUndo(id: string): CommandError {
  return new CommandError(
    `${id} is an undo: it takes ${UNDO_COMMAND_NAMES.join(', ')} and cancel.`,
    EXIT.wrongUse,
  );
}
