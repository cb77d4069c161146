import type { RunRef } from '../contract/ids.js';
import type { Undone } from '../contract/report.js';
import { runsOfImport } from '../store/find-attempts.js';
import type { Store } from '../store/store.js';
import { rewriteReport } from './rewrite-report.js';

/** Tells that a run was undone to the reports of later runs of its import, whose pages are those of all runs. */
export async function noteUndone(
  store: Store,
  { runId, workflowId }: RunRef,
  undone: Undone,
): Promise<void> {
  for (const { folder, report } of await runsOfImport(store, workflowId)) {
    if (!report?.attempts?.some(({ run }) => run.runId === runId)) continue;
    await rewriteReport(folder, (whole) => ({
      ...whole,
      attempts: (whole.attempts ?? []).map((one) =>
        one.run.runId === runId ? { ...one, undone } : one,
      ),
    }));
  }
}
