/** The activities that purge runs: thin, over what src/purge decides. */
import type { Purged } from '../src/contract/purge/outcomes.js';
import { undoWorkflowId, type RunRef } from '../src/contract/ids.js';
import { InputError, PreflightError } from '../src/contract/errors.js';
import { runsToPurge } from '../src/purge/old-runs.js';
import { purgeRun, type PurgeDeps } from '../src/purge/purge-run.js';
import { findRun } from '../src/store/find-run.js';
import { isRunOpen, isWorkflowOpen } from './execution-status.js';
import { runAttempt } from './attempt.js';

export interface OldRunsRequest {
  /** The purge itself. */
  purge: RunRef;
  /** Milliseconds since 1970. */
  before: number;
  most: number;
  /** The last one of the page before. */
  after?: RunRef;
}

export interface FindRunRequest {
  /** The purge itself. */
  purge: RunRef;
  workflowId: string;
  /** The newest run when absent. */
  runId?: string | undefined;
}

export function purgeActivities(deps: PurgeDeps) {
  return {
    /** The run of a workflow id that is meant. Fails the purge when there is none. */
    findRunToPurge({ purge, workflowId, runId }: FindRunRequest): Promise<RunRef> {
      return runAttempt({ run: purge }, async () => {
        const run = await findRun(deps.runsRoot, workflowId, runId);
        if (run) return run;
        throw new InputError(
          'There is no such run in the folder of the runs. Is workflowId right, and runId the name of its folder? Omit runId for the newest run.',
        );
      });
    },

    /** Runs that ended long enough ago, some of them. */
    listRunsToPurge({ purge, before, most, after }: OldRunsRequest): Promise<RunRef[]> {
      return runAttempt({ run: purge }, () => runsToPurge(deps.runsRoot, before, most, after));
    },

    /** Removes one run's personal data; fails when the run, or an undo of it, goes on. */
    purgeRun({ purge, run }: { purge: RunRef; run: RunRef }): Promise<Purged> {
      return runAttempt({ run: purge }, async ({ progress }) => {
        if (await isRunOpen(run)) {
          throw new PreflightError(
            'The import goes on. Cancel it, or wait for its end, then purge it.',
          );
        }
        if (await isWorkflowOpen(undoWorkflowId(run.workflowId))) {
          throw new PreflightError(
            'An undo of this import goes on. Wait for its end, then purge the run.',
          );
        }
        let files = 0;
        return purgeRun(deps, run, isRunOpen, () => progress({ files: ++files }));
      });
    },
  };
}
