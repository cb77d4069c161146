/** Undoing imports of one world, as any client of Temporal would. */
import type { WorkflowHandle } from '@temporalio/client';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import type { UndoProgress } from '../../src/contract/undo/progress.js';
import { PROGRESS_QUERY } from '../../src/contract/import/progress.js';
import type { Imports } from './imports.js';
import { until } from './until.js';

let undos = 0;

/** Starts an undo under an id of its own. */
export function startUndo(
  { client }: Imports,
  input: Record<string, unknown>,
): Promise<WorkflowHandle> {
  undos += 1;
  return client.workflow.start('undoImport', {
    taskQueue: 'user-import',
    workflowId: `undo-${undos}`,
    args: [{ actor: 'bob', ...input }],
  });
}

export function undoProgressOf(handle: WorkflowHandle): Promise<UndoProgress> {
  return handle.query<UndoProgress>(PROGRESS_QUERY);
}

/**
 * Waits for the plan.
 * @throws Error when the undo ends without one
 */
export async function planOf(handle: WorkflowHandle): Promise<UndoProgress> {
  let progress: UndoProgress | undefined;
  await until(async () => {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') throw new Error(`The undo has ended: ${status.name}.`);
    progress = await undoProgressOf(handle);
    return progress.phase === 'awaiting-approval';
  });
  return progress!;
}

/** Undoes an import: approves the plan as soon as it is there. */
export async function undoImport(
  all: Imports,
  input: Record<string, unknown>,
): Promise<{ plan: UndoProgress['plan']; summary: UndoSummary }> {
  const handle = await startUndo(all, input);
  const { plan } = await planOf(handle);
  await handle.executeUpdate('approve');
  return { plan, summary: (await handle.result()) as UndoSummary };
}
