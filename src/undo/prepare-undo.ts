/** What has to be right before an undo looks at anybody. */
import type { UndoInput, UndoTarget } from '../contract/undo/input.js';
import type { RunRef } from '../contract/ids.js';
import { InputError, PreflightError } from '../contract/errors.js';
import { readPlan, type Plan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { findRun } from '../store/find-run.js';
import { RunFolder } from '../store/run-folder.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { readUndoRows } from './undo-rows.js';

/**
 * @param isRunning whether Temporal says that a run has not ended
 * @param looked told of each chunk whose rows were counted
 * @throws InputError, PreflightError: the message says what to do
 */
export async function prepareUndo(
  runsRoot: string,
  { workflowId, runId }: UndoInput,
  isRunning: (run: RunRef) => Promise<boolean>,
  looked: (chunk: number) => void,
): Promise<UndoTarget> {
  const run = await findRun(runsRoot, workflowId, runId);
  if (!run) {
    throw new InputError(
      runId === undefined
        ? 'There is no run of this workflow id in the folder of the runs. Is workflowId right, and IMPORT_RUNS that of the import?'
        : 'There is no such run of this workflow id in the folder of the runs. runId is the name of its folder; leave it away for the newest run.',
    );
  }
  if (await isRunning(run)) {
    throw new PreflightError(
      'The import is still running. Cancel it, or wait for its end, then undo it.',
    );
  }
  const folder = new RunFolder(runsRoot, run);
  const plan = await planOf(folder);
  if (plan?.use !== 'import') {
    throw new InputError(
      'This run has imported nobody: it was a dry run, or ended before the first row. There is nothing to undo. Is another run of this workflow id meant? Name it by runId.',
    );
  }
  const { rows, updated } = await countRows(folder, plan, looked);
  if (rows === 0) {
    throw new InputError(
      'This run has created and updated nobody, so that there is nothing to undo. Is another run of this workflow id meant? Name it by runId.',
    );
  }
  await folder.createUndo();
  const isPurged = (await readReport(folder))?.purgedAt !== undefined;
  const warnings =
    isPurged && updated > 0
      ? [
          `The run's personal data was purged: what ${updated} updated users were before is not known any more, and they are kept.`,
        ]
      : [];
  return { run, chunks: plan.findings.chunks, rows, warnings };
}

/** Undefined for a run that ended before its file was validated. */
async function planOf(folder: RunFolder): Promise<Plan | undefined> {
  return readPlan(folder).catch(ignoreMissing);
}

async function countRows(
  folder: RunFolder,
  plan: Plan,
  looked: (chunk: number) => void,
): Promise<{ rows: number; updated: number }> {
  const count = { rows: 0, updated: 0 };
  for (let chunk = 1; chunk <= plan.findings.chunks; chunk++) {
    looked(chunk);
    const { rows } = await readUndoRows(folder, plan, chunk);
    count.rows += rows.length;
    count.updated += rows.filter(({ outcome }) => outcome === 'updated').length;
  }
  return count;
}
