/** The schedule by which Temporal has old runs purged. */
import {
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { WORKFLOW_TYPES } from '../contract/ids.js';

/** Of gRPC. */
const PERMISSION_DENIED = 7;

export const SCHEDULE_ID = 'user-import-purge';

/**
 * Brings the schedule into line with the setting; any number of workers may do so.
 * @param days undefined: nothing is purged by itself
 */
export async function syncSchedule(
  client: Client,
  taskQueue: string,
  days: number | undefined,
): Promise<void> {
  const handle = client.schedule.getHandle(SCHEDULE_ID);
  if (days === undefined) {
    await handle.delete().catch(unlessNotThere);
    return;
  }
  const wanted = scheduleOf(taskQueue, days);
  try {
    await client.schedule.create({ scheduleId: SCHEDULE_ID, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // Whether it is paused is the operator's decision.
    await handle.update(({ state }) => ({ ...wanted, state }));
  }
}

function scheduleOf(
  taskQueue: string,
  days: number,
): Omit<ScheduleOptions, 'scheduleId'> & { state?: object } {
  return {
    spec: { intervals: [{ every: '1 day' }], jitter: '1 hour' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.purgeRuns,
      workflowId: SCHEDULE_ID,
      taskQueue,
      args: [{ olderThanDays: days, actor: 'RUNS_RETENTION_DAYS' }],
    },
  };
}

/** A worker that may not delete the schedule may not have made one either. */
function unlessNotThere(error: unknown): void {
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  if (!(error instanceof ScheduleNotFoundError) && code !== PERMISSION_DENIED) throw error;
}
