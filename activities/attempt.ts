/** One attempt of an activity: its heartbeats, its end, and what its failure becomes. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE } from '../src/contract/failures.js';
import { chunkLabel, runLabel, withoutLabel, type RunRef } from '../src/contract/ids.js';
import type { StallReport } from '../src/contract/stall.js';
import { isProgramFault } from '../src/contract/errors.js';
import { count } from '../src/telemetry/metrics.js';
import { lastFailure, toFailure } from './failures.js';
import { createStallReporter } from './report-stall.js';

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
export const HEARTBEAT_MS = 5_000;

/** A process that stood still for no longer cannot have missed the shortest heartbeat timeout, 20 seconds. */
const ASLEEP_MS = 20_000 - 2 * HEARTBEAT_MS;

/** What an attempt offers to the work that it runs. */
export interface Attempt {
  /** Sets what heartbeats carry from now on. */
  progress: (details: unknown) => void;
  /** Aborted when the attempt is given up. */
  signal: AbortSignal;
  /** Reports to the workflow what the activity waits for. */
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Whether another attempt may have taken over: this one was cancelled, or slept through its own heartbeats. */
  isGivenUp: () => boolean;
  /** Counted from 1. */
  number: number;
}

/**
 * Runs one attempt of an activity: sends heartbeats while the work runs, stops waiting for it on cancellation,
 * turns every error into a failure of the table, and reports a failure that will be retried to the workflow.
 * @param lastTry the attempt from which on a fault of this program ends the run
 */
export async function runAttempt<T>(
  { run, chunk, lastTry }: { run: RunRef; chunk?: number; lastTry?: number },
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const reportStall = createStallReporter(context, run);
  let details: unknown;
  const wasAsleep = watchForSleep();
  const beat = setInterval(() => {
    wasAsleep();
    context.heartbeat(details);
  }, HEARTBEAT_MS);
  try {
    const attempt = {
      progress: (latest: unknown) => void (details = latest),
      signal: context.cancellationSignal,
      reportStall: (stall: Omit<StallReport, 'runId'>) => {
        count(context.metricMeter, 'retries', { reason: stall.kind });
        reportStall(stall);
      },
      isGivenUp: () => wasAsleep() || context.cancellationSignal.aborted,
      number: context.info.attempt,
    };
    return await Promise.race([work(attempt), context.cancelled]);
  } catch (error) {
    // Whatever error the work ends with, the attempt was cancelled.
    if (context.cancellationSignal.aborted) await context.cancelled;
    const label = chunk ? chunkLabel(run, chunk) : runLabel(run);
    const isOver = context.info.attempt >= (lastTry ?? Infinity) && isProgramFault(error);
    const failure = isOver ? lastFailure(error, label) : toFailure(error, label);
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

/**
 * @returns a check that is called regularly: true once there was a long time between two calls, so the process stood
 * still
 */
function watchForSleep(): () => boolean {
  let wasAsleep = false;
  let awakeAt = Date.now();
  return () => {
    wasAsleep ||= Date.now() - awakeAt > ASLEEP_MS;
    awakeAt = Date.now();
    return wasAsleep;
  };
}

/** Stalls that are reported elsewhere: by each request to Kratos, and by the workflow that sends the invitations. */
const REPORTED_ELSEWHERE = new Set<string>([
  RETRYABLE.KratosUnavailable,
  RETRYABLE.KratosUnauthorized,
  RETRYABLE.MailServerAway,
  RETRYABLE.MailServerBusy,
  RETRYABLE.MailServerFull,
  RETRYABLE.MailQuotaReached,
  RETRYABLE.InvitationLater,
  RETRYABLE.InvitationUnsure,
  // No run waits for it.
  RETRYABLE.NotificationLater,
  // No stall: another worker goes on at once.
  RETRYABLE.HandedBack,
]);

/** A failure that repeats is reported ever more rarely: each report costs the workflow's history some events. */
function isWorthReporting(failure: Error, attempt: number): boolean {
  if (!(failure instanceof ApplicationFailure) || failure.nonRetryable) return false;
  return !REPORTED_ELSEWHERE.has(failure.type ?? '') && Number.isInteger(Math.log2(attempt));
}
