/** Showing the progress of an import: until it ends, or once. */
import type { CommandContext } from './command-context.js';
import { EXIT } from './exit.js';
import { displayFor, followUntilInterrupted, queryProgress } from './follow.js';
import { renderLink } from './link.js';
import { jsonDisplay } from './progress-display.js';
import { renderStatus } from './render.js';
import { silenceLines } from './lines.js';
import { whySilent } from './silence.js';
import type { Tone } from './terminal.js';
import { withImport } from './with-client.js';

/** @param id undefined: the newest import */
export function watchImport(id: string | undefined, context: CommandContext): Promise<void> {
  const { print, printJson, reader, exitWith } = context;
  return withImport(id, print, async (handle) => {
    for (const line of await renderLink(handle)) print(line);
    const display =
      reader === 'program' ? jsonDisplay(printJson) : displayFor(context, handle.workflowId);
    exitWith(await followUntilInterrupted(handle, context, display));
  });
}

/** Of Temporal's statuses. */
const TONES: Partial<Record<string, Tone>> = {
  completed: 'success',
  cancelled: 'attention',
  failed: 'error',
  terminated: 'error',
  timed_out: 'error',
};

/** @param id undefined: the newest import */
export function showStatus(
  id: string | undefined,
  { print, printJson, exitWith }: CommandContext,
): Promise<void> {
  return withImport(id, print, async (handle, { status, runId }) => {
    const { workflowId } = handle;
    const { progress, error } = await queryProgress(handle);
    const silence = progress ? [] : await whySilent(handle, error);
    const state = status.name.toLowerCase();
    printJson({ workflowId, runId, status: state, progress, silence });
    print({ tone: TONES[state] ?? 'heading', text: `${workflowId}: ${state}` });
    const shown = progress ? renderStatus(progress, workflowId) : silenceLines(silence);
    for (const line of [...shown, ...(await renderLink(handle))]) print(line);
    if (silence.length > 0) exitWith(EXIT.unreachable);
    else if (!progress) print(`What came of it: user-import report ${workflowId}`);
  });
}
