/** How far the validation of a file has come. */
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';

/** @returns the rows that the activity has read, as its last heartbeat says; undefined where none has come */
export async function rowsReadBy(
  { raw }: WorkflowExecutionDescription,
  { loadedDataConverter }: WorkflowClient['options'],
): Promise<number | undefined> {
  const { payloadCodecs, payloadConverter } = loadedDataConverter;
  const step = raw.pendingActivities?.find(
    ({ activityType: type }) => type?.name === 'validateFile',
  );
  let payloads = step?.heartbeatDetails?.payloads ?? [];
  // What the worker did last to them is undone first.
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [details] = payloads;
  const { rows } = details ? payloadConverter.fromPayload<{ rows?: number }>(details) : {};
  return rows;
}
