/** The activities that purge runs: thin, over what src/purge decides. */
import type { OtherRun, Purged } from '../src/contract/purge/outcomes.js';
import type { RunRef } from '../src/contract/ids.js';
import { InputError, PreflightError } from '../src/contract/errors.js';
import { isOld, runsToPurge } from '../src/purge/old-runs.js';
import { purgeRun, type PurgeDeps } from '../src/purge/purge-run.js';
import { otherRunsOfSameRows } from '../src/purge/same-rows.js';
import { RunLayout } from '../src/store/run-layout.js';
import { runsOfId } from '../src/store/runs-of-import.js';
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

export interface FindRunsRequest {
  /** The purge itself. */
  purge: RunRef;
  workflowId: string;
  /** All of its runs when absent. */
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

/** @throws PreflightError when the run, or an undo of it, goes on */
async function confirmOver(run: RunRef): Promise<void> {
  if (await isRunOpen(run)) {
    throw new PreflightError('The import goes on. Cancel it, or wait for its end, then purge it.');
  }
  if (await isBeingUndone(run)) {
    throw new PreflightError('An undo of this run goes on. Wait for its end, then purge the run.');
  }
}

/** The runs that are meant, the newest first, and other runs that hold rows of the same file. */
export interface FoundRuns {
  runs: RunRef[];
  others: OtherRun[];
}

/** More runs under one id are for the retention, which takes them in pages. */
const MOST_RUNS = 1000;

export function purgeActivities(deps: PurgeDeps) {
  return {
    /**
     * The runs of a workflow id that are meant, and others of their rows. Fails the purge when there is none, and when
     * one of them, or an undo of one, goes on: then nothing is removed of any.
     */
    findRunsToPurge({ purge, workflowId, runId }: FindRunsRequest): Promise<FoundRuns> {
      return runAttempt({ run: purge }, async () => {
        const all = (await runsOfId(deps.runs, workflowId)).map(({ run }) => run);
        const runs = all.filter((run) => runId === undefined || run.runId === runId);
        if (runs.length === 0) {
          throw new InputError(
            'There is no such run in the folder of the runs. Is workflowId right, and runId the name of its folder? Omit runId for all of its runs.',
          );
        }
        if (runs.length > MOST_RUNS) {
          throw new InputError(
            `There are ${runs.length} runs of this workflow id, and a purge takes ${MOST_RUNS}. Name one by runId, or let the retention purge them.`,
          );
        }
        for (const run of runs) await confirmOver(run);
        return { runs, others: await otherRunsOfSameRows(deps.runs, runs) };
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
        await confirmOver(run);
        let files = 0;
        const task = { run, purge, actor, byRetention: before !== undefined };
        return purgeRun(deps, task, isRunOpen, () => progress({ files: ++files }));
      });
    },
  };
}
