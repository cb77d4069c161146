/** The activities that purge runs: thin, over what src/purge decides. */
import type { OtherRun, Purged } from '../src/contract/purge/outcomes.js';
import type { RunRef } from '../src/contract/ids.js';
import { InputError, PreflightError } from '../src/contract/errors.js';
import { isOld, runsToPurge } from '../src/purge/old-runs.js';
import { purgeRun, type PurgeDeps } from '../src/purge/purge-run.js';
import { otherRunsOfSameRows } from '../src/purge/same-rows.js';
import { findRun } from '../src/store/find-run.js';
import { RunLayout } from '../src/store/run-layout.js';
import { isBeingUndone, isRunOpen } from './execution-status.js';
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

export interface PurgeRunRequest {
  /** The purge itself. */
  purge: RunRef;
  run: RunRef;
  /** On whose behalf. */
  actor: string;
  /** Milliseconds since 1970: a run that ended later is left alone. */
  before?: number;
}

const DAY_MS = 86_400_000;
/** By which the clocks of workers may differ. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** Retention is a day at least, whoever asks. */
function confirmPast(before: number, now: Date): void {
  if (before <= now.getTime() - DAY_MS + CLOCKS_DIFFER_MS) return;
  throw new InputError('Runs are purged a day after their end at the earliest.');
}

/** The run that is meant, and other runs that hold rows of the same file. */
export interface FoundRun {
  run: RunRef;
  others: OtherRun[];
}

export function purgeActivities(deps: PurgeDeps) {
  return {
    /** The run of a workflow id that is meant, and others of its rows. Fails the purge when there is none. */
    findRunToPurge({ purge, workflowId, runId }: FindRunRequest): Promise<FoundRun> {
      return runAttempt({ run: purge }, async () => {
        const run = await findRun(deps.runs, workflowId, runId);
        if (run) return { run, others: await otherRunsOfSameRows(deps.runs, run) };
        throw new InputError(
          'There is no such run in the folder of the runs. Is workflowId right, and runId the name of its folder? Omit runId for the newest run.',
        );
      });
    },

    /** Runs that ended long enough ago or were purged a short time ago, some of them. */
    listRunsToPurge({ purge, before, most, after }: OldRunsRequest): Promise<RunRef[]> {
      return runAttempt({ run: purge }, () => {
        const now = deps.now();
        confirmPast(before, now);
        return runsToPurge(deps.runs, { before, most, after, now });
      });
    },

    /**
     * Removes one run's personal data; fails when the run, or an undo of it, goes on, or when it is younger than
     * asked.
     */
    purgeRun({ purge, run, actor, before }: PurgeRunRequest): Promise<Purged> {
      return runAttempt({ run: purge }, async ({ progress }) => {
        if (before !== undefined) {
          confirmPast(before, deps.now());
          if (!(await isOld(new RunLayout(deps.runs, run), before))) {
            throw new PreflightError('The run is younger than the retention asks for.');
          }
        }
        if (await isRunOpen(run)) {
          throw new PreflightError(
            'The import goes on. Cancel it, or wait for its end, then purge it.',
          );
        }
        if (await isBeingUndone(run)) {
          throw new PreflightError(
            'An undo of this run goes on. Wait for its end, then purge the run.',
          );
        }
        let files = 0;
        const task = { run, purge, actor, byRetention: before !== undefined };
        return purgeRun(deps, task, isRunOpen, () => progress({ files: ++files }));
      });
    },
  };
}
