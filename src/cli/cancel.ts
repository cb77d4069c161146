import { WORKFLOW_TYPES } from '../contract/ids.js';
import { isUndoProgress } from '../contract/undo/progress.js';
import { isCarriedOut } from '../progress/undo-details.js';
import type { CommandContext } from './command-context.js';
import { queryProgress } from './follow.js';
import { silenceLines } from './lines.js';
import { renderLink } from './link.js';
import { whyStuck } from './silence.js';
import { withRunningImport } from './with-client.js';

/**
 * Asks an import, or an undo, to end.
 * @param id undefined: the newest import
 */
export function cancelImport(
  id: string | undefined,
  { print, printJson }: CommandContext,
): Promise<void> {
  return withRunningImport(id, print, async (handle, { type, runId }) => {
    const { workflowId } = handle;
    const isUndo = type === WORKFLOW_TYPES.undoImport;
    const { progress } = isUndo ? await queryProgress(handle) : {};
    await handle.cancel();
    const silence = await whyStuck(handle);
    printJson({ workflowId, runId, status: 'cancelling', silence });
    const isPlan = progress && isUndoProgress(progress) && !isCarriedOut(progress);
    const text = isPlan
      ? `Cancelling ${workflowId}: nobody was deleted or restored.`
      : isUndo
        ? `Cancelling ${workflowId}: what is in flight finishes, and undo.csv lists the users that are left. Start the undo again to go on.`
        : `Cancelling ${workflowId}: what is in flight finishes, then the report is written. Start the same file again to import the rest.`;
    print({ tone: 'attention', text });
    for (const line of [...silenceLines(silence), ...(await renderLink(handle))]) print(line);
  });
}
