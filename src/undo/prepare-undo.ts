/** What has to be right before an undo reads a user. */
import type { UndoInput, UndoTarget } from '../contract/undo/input.js';
import type { RunRef } from '../contract/ids.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { findRun } from '../store/find-run.js';
import { mapAhead } from '../store/map-ahead.js';
import { chunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { findPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import { readUndoRows } from './undo-rows.js';

/**
 * @param store that of the runs
 * @param isRunning whether Temporal says that a run has not ended
 * @param onChunk called with each chunk whose rows were counted
 * @throws InputError, PreflightError: the message says what to do
 */
export async function prepareUndo(
  store: Store,
  { workflowId, runId }: UndoInput,
  isRunning: (run: RunRef) => Promise<boolean>,
  onChunk: (chunk: number) => void,
): Promise<UndoTarget> {
  const run = await findRun(store, workflowId, runId);
  if (!run) {
    throw new InputError(
      runId === undefined
        ? 'There is no run of this workflow id in the folder of the runs. Is workflowId right, and IMPORT_RUNS that of the import?'
        : 'There is no such run of this workflow id in the folder of the runs. runId is the name of its folder; omit it for the newest run.',
    );
  }
  if (await isRunning(run)) {
    throw new PreflightError(
      'The import is still running. Cancel it, or wait for its end, then undo it.',
    );
  }
  const folder = new RunLayout(store, run);
  // A run that ended before its file was validated has no plan.
  const plan = await findPlan(folder);
  if (plan?.use !== 'import') {
    throw new InputError(
      'This run has imported nobody: it was a dry run, or ended before the first row. There is nothing to undo. Is another run of this workflow id meant? Name it by runId.',
    );
  }
  const { rows, updated } = await countRows({ run, folder, plan }, onChunk);
  if (rows === 0) {
    throw new InputError(
      'This run has created and updated nobody, so that there is nothing to undo. Is another run of this workflow id meant? Name it by runId.',
    );
  }
  const warnings = await warningsOf(folder, updated);
  return { run, chunks: plan.findings.chunks, rows, warnings };
}

async function countRows(
  openRun: OpenRun,
  onChunk: (chunk: number) => void,
): Promise<{ rows: number; updated: number }> {
  const counts = { rows: 0, updated: 0 };
  const read = async (chunk: OpenChunk) => ({ chunk, rows: await readUndoRows(chunk) });
  for await (const { chunk, rows } of mapAhead(chunksOf(openRun), read)) {
    onChunk(chunk.number);
    counts.rows += rows.length;
    counts.updated += rows.filter(({ outcome }) => outcome === 'updated').length;
  }
  return counts;
}

async function warningsOf(folder: RunLayout, updated: number): Promise<string[]> {
  const isPurged = (await readReport(folder))?.purgedAt !== undefined;
  if (!isPurged || updated === 0) return [];
  return [
    `The run's personal data was purged: what ${updated} updated users were before is not known any more, and they are kept.`,
  ];
}
