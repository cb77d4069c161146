import type { RunRef } from '../src/contract/ids.js';
import type { OpenRun } from '../src/store/open-run.js';
import { RunLayout } from '../src/store/run-layout.js';
import type { Store } from '../src/store/store.js';
import type { LoadedPlan, PlanCache } from '../src/validation/plan-cache.js';

/** A run with what its plan says, and the rules for its rows. */
interface LoadedRun extends OpenRun, LoadedPlan {}

/** Opens a run whose file was validated. */
export type OpenRunById = (run: RunRef) => Promise<LoadedRun>;

/** @throws PlanMissing when this worker does not see the run's plan */
export function openRunsIn(runs: Store, plans: PlanCache): OpenRunById {
  return async (run) => {
    const folder = new RunLayout(runs, run);
    return { run, folder, ...(await plans.get(folder)) };
  };
}
