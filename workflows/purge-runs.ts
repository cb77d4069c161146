/** Removing the personal data of one run, or of all that ended long enough ago. Nothing of any row is in its history. */
import {
  continueAsNew,
  ContinueAsNew,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { PurgeSummary } from '../src/contract/purge/outcomes.js';
import { parsePurgeInput } from '../src/contract/purge/input.js';
import type { Activities } from '../activities/index.js';
import type { RunRef } from '../src/contract/ids.js';
import { failRun, fatalFailure } from './shared/failures.js';

const WHILE_IT_TAKES = {
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const;
const { findRunToPurge, listRunsToPurge, purgeRun } = proxyActivities<Activities>(WHILE_IT_TAKES);
/** Among many, one that cannot be purged must not hold up the others. */
const { purgeRun: tryToPurgeRun } = proxyActivities<Activities>({
  ...WHILE_IT_TAKES,
  retry: { ...WHILE_IT_TAKES.retry, maximumAttempts: 10 },
});

const DAY_MS = 86_400_000;
/** Some hundred runs at a time keep the history short. */
const PAGE = 200;

/** What an execution hands over to the next one. */
interface Carried {
  before: number;
  after: RunRef;
  runs: PurgeSummary['runs'];
}

/**
 * @param request the input, see src/contract/purge.ts
 * @param carried what an earlier execution of this same purge hands over by continue-as-new
 */
export async function purgeRuns(request: unknown, carried?: Carried): Promise<PurgeSummary> {
  const parsed = parsePurgeInput(request);
  if (!parsed.ok) throw failRun('InvalidInput', parsed.message);
  const { input } = parsed;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const purge = { workflowId, runId: firstExecutionRunId };
  try {
    if (!('olderThanDays' in input)) {
      const run = await findRunToPurge({ purge, ...input });
      const purged = await purgeRun({ purge, run });
      return { purged, runs: { purged: 1, spared: 0 } };
    }
    const before = carried?.before ?? Date.now() - input.olderThanDays * DAY_MS;
    return await purgeOld(purge, request, before, carried);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    throw fatalFailure(error) ?? error;
  }
}

async function purgeOld(
  purge: RunRef,
  request: unknown,
  before: number,
  carried: Carried | undefined,
): Promise<PurgeSummary> {
  const runs = carried?.runs ?? { purged: 0, spared: 0 };
  const page = await listRunsToPurge({
    ...{ purge, before, most: PAGE },
    ...(carried && { after: carried.after }),
  });
  for (const run of page) {
    try {
      await tryToPurgeRun({ purge, run });
      runs.purged++;
    } catch (error) {
      // One that goes on, whose undo does, or whose files cannot be written, is left for another day.
      if (isCancellation(error)) throw error;
      runs.spared++;
    }
  }
  const last = page.at(-1);
  if (!last || page.length < PAGE) return { runs };
  return continueAsNew<typeof purgeRuns>(request, { before, after: last, runs });
}
