/**
 * Tells operators one thing of an import or an undo, by each channel until it is taken, refused, or a day is over: as a
 * workflow of its own, so that no run waits for it.
 */
import { isCancellation, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { runLabel } from '../src/contract/ids.js';
import { channelNames, type NotifyRequest } from '../src/contract/notification.js';
import { ACTIVITY_OPTIONS } from './shared/activity-options.js';
import { endsRun, failRun } from './shared/failures.js';

/**
 * Started by an import or an undo only.
 * @returns what came of it by channel, for whoever looks
 */
export async function notifyOperators(request: NotifyRequest): Promise<Record<string, string>> {
  const { run, channels } = request;
  if (workflowInfo().parent?.workflowId !== run.workflowId) {
    throw failRun(
      'InvalidInput',
      `Operators are told by an import or an undo, never by hand. ${runLabel(run)}`,
    );
  }
  const results = await Promise.all(
    channelNames(channels).map(async (name) => [name, await tell(request, name)] as const),
  );
  return Object.fromEntries(results);
}

async function tell({ run, notification }: NotifyRequest, channel: string): Promise<string> {
  const summary = `${notification.what} (${notification.reason}) to ${channel}`;
  const { sendNotification } = proxyActivities<Activities>({
    ...ACTIVITY_OPTIONS.sendNotification,
    summary,
  });
  try {
    const { taken, why } = await sendNotification({ run, notification, channel });
    return taken ? 'taken' : `refused: ${why}`;
  } catch (error) {
    if (!endsRun(error) || isCancellation(error)) throw error;
    log.warn(`Operators were not told of ${summary} within a day.`);
    return 'given up';
  }
}
