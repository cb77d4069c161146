// What the measurements read in a history.

/**
 * @typedef
 * {NonNullable<Awaited<ReturnType<import('@temporalio/client').WorkflowHandle['fetchHistory']>>['events']>[number]}
 * HistoryEvent
 */

/**
 * When it happened, in seconds since 1970.
 * @param {HistoryEvent} event
 */
export function secondsOf({ eventTime }) {
  return Number(eventTime?.seconds ?? 0) + (eventTime?.nanos ?? 0) / 1e9;
}
