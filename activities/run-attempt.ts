import { Context } from '@temporalio/activity';
import { toFailure } from './failures.js';

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
const HEARTBEAT_MS = 5_000;

/**
 * Runs one attempt of an activity: heartbeats with what `progress` last said for as long as it works, stops waiting for it
 * when it is cancelled, and lets out only failures of the table.
 */
export async function runAttempt<T>(
  label: string,
  work: (progress: (details: unknown) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let details: unknown;
  const beat = setInterval(() => context.heartbeat(details), HEARTBEAT_MS);
  try {
    return await Promise.race([
      work((latest) => (details = latest), context.cancellationSignal),
      context.cancelled,
    ]);
  } catch (error) {
    throw toFailure(error, label);
  } finally {
    clearInterval(beat);
  }
}
