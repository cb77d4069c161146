import type { RunRef } from '../contract/ids.js';
import type { Attempt, Undone } from '../contract/report.js';
import { knownRunsOfImport } from '../store/find-attempts.js';
import type { Store } from '../store/store.js';
import { rewriteReport } from './rewrite-report.js';

/** Tells that a run was undone to the reports of later runs of its import, whose pages are those of all runs. */
export async function noteUndone(
  store: Store,
  { runId, workflowId }: RunRef,
  undone: Undone,
): Promise<void> {
  const isRun = ({ run }: Attempt): boolean => run.runId === runId;
  const noted = (runs: Attempt[]) => runs.map((one) => (isRun(one) ? { ...one, undone } : one));
  for (const { folder, report } of await knownRunsOfImport(store, workflowId)) {
    const { attempts = [], otherFiles = [] } = report ?? {};
    if (![...attempts, ...otherFiles].some(isRun)) continue;
    await rewriteReport(folder, (whole) => ({
      ...whole,
      ...(whole.attempts && { attempts: noted(whole.attempts) }),
      ...(whole.otherFiles && { otherFiles: noted(whole.otherFiles) }),
    }));
  }
}
