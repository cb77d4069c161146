/** Starting the children of an import under ids that others may have taken. */
import { proxyActivities, sleep, uuid4 } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../../activities/index.js';
import { furtherChildId } from '../../src/contract/ids.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { publish } from './messages.js';
import { recordTakenId, type ImportRun } from './state.js';

const { isTakenByOthers } = proxyActivities<Activities>(ACTIVITY_OPTIONS.isTakenByOthers);

/**
 * Waits for a child of before under the same id: after a reset of the import it may still be at work. Passes by a
 * workflow that is not the import's, under an id that nobody can take in advance.
 * @param start starts the child, and may wait for its end
 */
export async function startChildOf<Started>(
  run: ImportRun,
  ownId: string,
  start: (workflowId: string) => Promise<Started>,
): Promise<Started> {
  let workflowId = ownId;
  for (;;) {
    try {
      return await start(workflowId);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (await isTakenByOthers({ run: run.ref, childId: workflowId })) {
      recordTakenId(run.state, workflowId, Date.now());
      publish(run);
      workflowId = furtherChildId(ownId, uuid4());
    } else {
      await sleep('10 seconds', { summary: `${workflowId} is still running from before` });
    }
  }
}
