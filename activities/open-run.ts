import type { RunRef } from '../src/contract/ids.js';
import type { OpenRun } from '../src/store/open-run.js';
import { openRunFolder } from '../src/store/run-folder.js';
import type { LoadedPlan, PlanCache } from '../src/validation/plan-cache.js';

/** A run with what its plan says, and the rules for its rows. */
interface LoadedRun extends OpenRun, LoadedPlan {}

/** Opens a run whose file was validated. */
export type OpenRunById = (run: RunRef) => Promise<LoadedRun>;

/** @throws an ENOENT error when this worker does not see the run's folder */
export function openRunsBelow(runsRoot: string, plans: PlanCache): OpenRunById {
  return async (run) => {
    const folder = await openRunFolder(runsRoot, run);
    return { run, folder, ...(await plans.get(folder)) };
  };
}
