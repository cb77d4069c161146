import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE } from '../src/contract/failures.js';
import { chunkLabel, runLabel, withoutLabel, type RunRef } from '../src/contract/ids.js';
import type { StallReport } from '../src/contract/stall.js';
import { toFailure } from './failures.js';
import { createStallReporter } from './report-stall.js';

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
export const HEARTBEAT_MS = 5_000;

/** Whoever was asleep for no longer cannot have missed the shortest heartbeat timeout, 20 seconds. */
const ASLEEP_MS = 20_000 - 2 * HEARTBEAT_MS;

/** What the work of an attempt may do besides. */
export interface Attempt {
  /** Sets what heartbeats carry from now on. */
  progress: (details: unknown) => void;
  /** Aborted when the attempt is given up. */
  signal: AbortSignal;
  /** Tells the import what is waited for. */
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Whether somebody else may be at it by now: it was cancelled, or slept through its own heartbeats. */
  isGivenUp: () => boolean;
}

/**
 * Runs one attempt of an activity: heartbeats for as long as it works, stops waiting for it when it is cancelled, lets out
 * only failures of the table, and tells the import of those that will be tried again.
 */
export async function runAttempt<T>(
  { run, chunk }: { run: RunRef; chunk?: number },
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const reportStall = createStallReporter(context, run);
  let details: unknown;
  const wasAsleep = sleepWatch();
  const beat = setInterval(() => {
    wasAsleep();
    context.heartbeat(details);
  }, HEARTBEAT_MS);
  try {
    const attempt = {
      progress: (latest: unknown) => void (details = latest),
      signal: context.cancellationSignal,
      reportStall,
      isGivenUp: () => wasAsleep() || context.cancellationSignal.aborted,
    };
    return await Promise.race([work(attempt), context.cancelled]);
  } catch (error) {
    // Whatever the work says then, it was given up.
    if (context.cancellationSignal.aborted) await context.cancelled;
    const failure = toFailure(error, chunk ? chunkLabel(run, chunk) : runLabel(run));
    if (isWorthReporting(failure, context.info.attempt)) {
      reportStall({
        kind: 'unavailable',
        text: `${withoutLabel(failure.message)} It is tried again.`,
      });
    }
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

/** Says whether there ever was a long time between two of its questions: the process, or its machine, stood still. */
function sleepWatch(): () => boolean {
  let wasAsleep = false;
  let awakeAt = Date.now();
  return () => {
    wasAsleep ||= Date.now() - awakeAt > ASLEEP_MS;
    awakeAt = Date.now();
    return wasAsleep;
  };
}

/** What is told by others: each request to Kratos tells of its own stall, and the invitations of theirs. */
const REPORTED_ELSEWHERE = new Set<string>([
  RETRYABLE.KratosUnavailable,
  RETRYABLE.KratosUnauthorized,
  RETRYABLE.MailServerAway,
  RETRYABLE.InvitationLater,
  RETRYABLE.InvitationUnsure,
]);

/** A failure that comes again and again is told ever more rarely: each time costs the import's history some events. */
function isWorthReporting(failure: Error, attempt: number): boolean {
  if (!(failure instanceof ApplicationFailure) || failure.nonRetryable) return false;
  return !REPORTED_ELSEWHERE.has(failure.type ?? '') && Number.isInteger(Math.log2(attempt));
}
