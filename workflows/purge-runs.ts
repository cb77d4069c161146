/**
 * Removes the personal data of an import's runs, or of all runs that ended long enough ago. Nothing of any row is in its
 * history.
 */
import { isCancellation, proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import type { OtherRun, Purged, PurgeSummary } from '../src/contract/purge/outcomes.js';
import { parsePurgeInput, type NamedRuns } from '../src/contract/purge/input.js';
import type { Activities } from '../activities/index.js';
import type { PurgeRunRequest } from '../activities/purge.js';
import type { RunRef } from '../src/contract/ids.js';
import { ACTIVITY_OPTIONS, PURGE_ONE_OF_MANY } from './shared/activity-options.js';
import { count, runRef } from './shared/carried.js';
import { continueRun, takeCarried } from './shared/continue-as-new.js';
import { endsRun, fatalFailure } from './shared/failures.js';
import { startRun } from './shared/start-run.js';

const { findRunsToPurge } = proxyActivities<Activities>(ACTIVITY_OPTIONS.findRunsToPurge);
const { listRunsToPurge } = proxyActivities<Activities>(ACTIVITY_OPTIONS.listRunsToPurge);
const { purgeRun } = proxyActivities<Activities>(ACTIVITY_OPTIONS.purgeRun);
const { purgeRun: tryToPurgeRun } = proxyActivities<Activities>(PURGE_ONE_OF_MANY);

const DAY_MS = 86_400_000;
/** Runs in one execution: some hundred keep the history short. */
const PAGE = 200;

/** What an execution hands over to the next one by continue-as-new. */
interface PurgeState {
  before: number;
  after: RunRef;
  runs: PurgeSummary['runs'];
}

const purgeStateSchema = () =>
  z.object({
    before: z.number(),
    after: runRef(),
    runs: z.object({ purged: count(), spared: count() }),
  });

/**
 * @param request the input, see src/contract/purge/input.ts
 * @param carried the state of an earlier execution of this same purge, handed over by continue-as-new
 */
export async function purgeRuns(request: unknown, carried?: unknown): Promise<PurgeSummary> {
  const { ref: purge, input } = startRun(request, parsePurgeInput);
  const state = takeCarried(carried, purgeStateSchema);
  try {
    if (!('olderThanDays' in input)) return await purgeNamed(purge, input);
    const before = state?.before ?? Date.now() - input.olderThanDays * DAY_MS;
    return await purgeOld(purge, input, before, state);
  } catch (error) {
    if (!endsRun(error)) throw error;
    throw fatalFailure(error) ?? error;
  }
}

async function purgeNamed(
  purge: RunRef,
  { actor, workflowId, runId, allAttempts }: NamedRuns,
): Promise<PurgeSummary> {
  const { runs, others: found } = await findRunsToPurge({ purge, workflowId, runId });
  const purged: Purged[] = [];
  for (const run of runs) purged.push(await purgeRun({ purge, run, actor }));
  const others: Purged[] = [];
  const left: OtherRun[] = [];
  for (const other of found) {
    const request = { purge, run: other.run, actor };
    const done = allAttempts ? await purgeUnlessSpared(request) : undefined;
    if (done) others.push(done);
    else left.push(other);
  }
  const spared = allAttempts ? left.length : 0;
  return { purged, others, left, runs: { purged: purged.length + others.length, spared } };
}

/** Undefined when the run goes on, when its undo goes on, when it is too young, or when its files cannot be written. */
async function purgeUnlessSpared(request: PurgeRunRequest): Promise<Purged | undefined> {
  try {
    return await tryToPurgeRun(request);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return undefined;
  }
}

async function purgeOld(
  purge: RunRef,
  input: { actor: string },
  before: number,
  state: PurgeState | undefined,
): Promise<PurgeSummary> {
  const runs = state?.runs ?? { purged: 0, spared: 0 };
  const page = await listRunsToPurge({ purge, before, most: PAGE, after: state?.after });
  for (const run of page) {
    // What is spared is left for another day.
    if (await purgeUnlessSpared({ purge, run, actor: input.actor, before })) runs.purged++;
    else runs.spared++;
  }
  const last = page.at(-1);
  if (!last || page.length < PAGE) return { runs };
  return continueRun({ input, state: { before, after: last, runs } satisfies PurgeState });
}
