// The actions that Temporal Cloud would bill for the workflows of a namespace, by its own list of actions
// (https://docs.temporal.io/cloud/actions): starts, activities and their retries, heartbeats, timers, signals.
import { secondsOf } from './history.mjs';

/**
 * Of the first tier, in US dollars for a million; larger amounts cost less (https://docs.temporal.io/cloud/pricing).
 */
export const DOLLARS_A_MILLION = 50;
/** A worker sends the heartbeats of running activities this often, and those of chunks more often. */
const HEARTBEAT_SECONDS = 5;
const HEARTBEAT_SECONDS_OF_CHUNKS = 1.5;

/**
 * @param {import('@temporalio/client').Client} client
 * @param {string} [only] the workflow id of an import: its own and those of its children
 * @returns {Promise<{workflows: number, events: number, actions: number}>}
 */
export async function actionsOf(client, only) {
  const sum = { workflows: 0, events: 0, actions: 0 };
  for await (const { workflowId, runId } of client.workflow.list()) {
    if (only !== undefined && workflowId.split('/', 1)[0] !== only) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    sum.workflows++;
    sum.events += events?.length ?? 0;
    sum.actions += actionsIn(events ?? []);
  }
  return sum;
}

/** @param {import('./history.mjs').HistoryEvent[]} events */
function actionsIn(events) {
  let actions = 0;
  /** @type {Map<string, number>} */
  const startedAt = new Map();
  /** @type {Map<string, number>} */
  const heartbeats = new Map();
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) actions++;
    if (event.timerStartedEventAttributes) actions++;
    if (event.workflowExecutionSignaledEventAttributes) actions++;
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const isChunks = scheduled.activityType?.name === 'importRows';
      const seconds = isChunks ? HEARTBEAT_SECONDS_OF_CHUNKS : HEARTBEAT_SECONDS;
      heartbeats.set(String(event.eventId), seconds);
    }
    const begun = event.activityTaskStartedEventAttributes;
    if (begun) {
      actions += begun.attempt ?? 1;
      startedAt.set(String(begun.scheduledEventId), secondsOf(event));
    }
    const done = event.activityTaskCompletedEventAttributes;
    const since = done && startedAt.get(String(done.scheduledEventId));
    if (since !== undefined && since !== null) {
      const every = heartbeats.get(String(done?.scheduledEventId)) ?? HEARTBEAT_SECONDS;
      actions += Math.floor((secondsOf(event) - since) / every);
    }
  }
  return actions;
}
