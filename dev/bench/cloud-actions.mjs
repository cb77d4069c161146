// The actions that Temporal Cloud would bill for the workflows of a namespace, by its own list of actions
// (https://docs.temporal.io/cloud/actions): starts, activities and their retries, heartbeats, timers, signals.
import { HEARTBEAT_MS, SHORT_HEARTBEAT_MS } from '../../dist/activities/heartbeats.js';
import { secondsOf } from './history.mjs';

/**
 * Of the first tier, in US dollars for a million; larger amounts cost less (https://docs.temporal.io/cloud/pricing).
 */
export const DOLLARS_A_MILLION = 50;
/** Activities that take turns with their heartbeats have sent one each within so many turns. */
const TURNS = Math.floor(HEARTBEAT_MS / SHORT_HEARTBEAT_MS);

/** @typedef {{name: string, from: number, to: number}} Activity when it was at work, in seconds since 1970 */

/**
 * @param {import('@temporalio/client').Client} client with one import at a time, by one worker
 * @param {string} [only] the workflow id of an import: its own and those of its children
 * @returns {Promise<{workflows: number, events: number, actions: number}>}
 */
export async function actionsOf(client, only) {
  const sum = { workflows: 0, events: 0, actions: 0 };
  /** @type {Activity[]} */
  const activities = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    if (only !== undefined && workflowId.split('/', 1)[0] !== only) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    sum.workflows++;
    sum.events += events?.length ?? 0;
    sum.actions += actionsIn(events ?? []);
    activities.push(...activitiesIn(events ?? []));
  }
  sum.actions += heartbeatsOf(activities);
  return sum;
}

/** @param {import('./history.mjs').HistoryEvent[]} events */
function actionsIn(events) {
  let actions = 0;
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) actions++;
    if (event.timerStartedEventAttributes) actions++;
    if (event.workflowExecutionSignaledEventAttributes) actions++;
    if (event.activityTaskStartedEventAttributes) {
      actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    }
  }
  return actions;
}

/** @param {import('./history.mjs').HistoryEvent[]} events */
function activitiesIn(events) {
  /** @type {Map<string, string>} */
  const names = new Map();
  /** @type {Map<string, number>} */
  const begun = new Map();
  /** @type {Activity[]} */
  const activities = [];
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) names.set(String(event.eventId), scheduled.activityType?.name ?? '');
    const started = event.activityTaskStartedEventAttributes;
    if (started) begun.set(String(started.scheduledEventId), secondsOf(event));
    const id = String(event.activityTaskCompletedEventAttributes?.scheduledEventId);
    const from = begun.get(id);
    if (from !== undefined) {
      activities.push({ name: names.get(id) ?? '', from, to: secondsOf(event) });
    }
  }
  return activities;
}

/** As activities/heartbeats.ts sends them: the portions of an import take turns. */
function heartbeatsOf(/** @type {Activity[]} */ activities) {
  const portions = activities.filter(({ name }) => name === 'importRows');
  let heartbeats = 0;
  for (const { name, from, to } of activities) {
    if (name !== 'importRows') heartbeats += Math.floor(((to - from) * 1000) / HEARTBEAT_MS);
  }
  const turn = SHORT_HEARTBEAT_MS / 1000;
  const first = portions.reduce((least, { from }) => Math.min(least, from), Infinity);
  const last = portions.reduce((most, { to }) => Math.max(most, to), -Infinity);
  for (let now = first + turn; now < last; now += turn) {
    const atWork = portions.filter(({ from, to }) => from <= now && now < to).length;
    heartbeats += Math.ceil(atWork / TURNS);
  }
  return heartbeats;
}
