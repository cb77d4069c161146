/** Starting the children of an import under ids that others may have taken. */
import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../../activities/index.js';
import { exponentialBackoff } from '../../src/flow-control/backoff.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { continueRun } from '../shared/continue-as-new.js';
import { publish } from './messages.js';
import { recordTakenId, type ImportRun } from './state.js';

const { replaceTakenId } = proxyActivities<Activities>(ACTIVITY_OPTIONS.replaceTakenId);

/** A child that waits itself may take months to end, and each look at it costs the history some events. */
const BACKOFF = { firstMs: 10_000, longestMs: 3_600_000 };

/**
 * Waits for a child of before under the same id: after a reset of the import it may still be at work. Passes by a
 * workflow that is not the import's, under an id that nobody can take in advance.
 * Continues as new when the history has become long, where no chunk is in flight.
 * @param start starts the child, and may wait for its end
 * @param urge asks a child of before to end soon
 */
export async function startChildOf<Started>(
  run: ImportRun,
  ownId: string,
  start: (workflowId: string) => Promise<Started>,
  urge?: (workflowId: string) => Promise<unknown>,
): Promise<Started> {
  let workflowId = ownId;
  for (let tries = 1; ; tries++) {
    try {
      return await start(workflowId);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const another = await replaceTakenId({ run: run.ref, ownId, takenId: workflowId });
    if (another !== null) {
      recordTakenId(run.state, workflowId, Date.now());
      publish(run);
      workflowId = another;
    } else {
      await urge?.(workflowId);
      await sleep(exponentialBackoff(BACKOFF, tries), {
        summary: `${workflowId} is still running from before`,
      });
      const { continueAsNewSuggested } = workflowInfo();
      if (continueAsNewSuggested && run.inFlight.size === 0) await continueRun(run);
    }
  }
}
