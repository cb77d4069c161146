/** One attempt of an activity: its heartbeats, its end, and what its failure becomes. */
import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type CancelledFailure } from '@temporalio/common';
import { RETRYABLE } from '../src/contract/failures.js';
import { chunkLabel, runLabel, withoutLabel, type RunRef } from '../src/contract/ids.js';
import type { StallReport } from '../src/contract/stall.js';
import { HandedBackError, isProgramFault } from '../src/contract/errors.js';
import { count } from '../src/telemetry/metrics.js';
import { lastFailure, toFailure } from './failures.js';
import { createStallReporter } from './report-stall.js';

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
export const HEARTBEAT_MS = 5_000;

/** Of what hands back when it is asked to: it hears of it by the answer to a heartbeat. */
export const SHORT_HEARTBEAT_MS = 1_500;

/** A process that stood still for no longer cannot have missed the shortest heartbeat timeout, 20 seconds. */
const ASLEEP_MS = 20_000 - 2 * HEARTBEAT_MS;

/** What an attempt offers to the work that it runs. */
export interface Attempt {
  /** Sets what heartbeats carry from now on. */
  progress: (details: unknown) => void;
  /** Aborted when the attempt is given up. */
  signal: AbortSignal;
  /** Aborted with a HandedBackError when the workflow asks for the rest of the work back. */
  handBack: AbortSignal;
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
 * @param chunk of the work, for messages; a function where it is at one chunk after the other
 * @param lastTry the attempt from which on a fault of this program ends the run
 * @param handsBack cancelled by its workflow, the work ends by itself, and returns what is done
 */
export async function runAttempt<T>(
  { run, chunk, lastTry, handsBack = false }: AttemptOptions,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const { signal, handBack } = handsBack ? split(context) : onlyGivenUp(context);
  // All that an attempt does at once waits with them: many listeners are no leak, of which Node.js would warn.
  setMaxListeners(0, signal, handBack);
  const reportStall = createStallReporter(context, run);
  let details: unknown;
  const wasAsleep = watchForSleep();
  const beat = setInterval(
    () => {
      wasAsleep();
      context.heartbeat(details);
    },
    handsBack ? SHORT_HEARTBEAT_MS : HEARTBEAT_MS,
  );
  try {
    const attempt = {
      progress: (latest: unknown) => void (details = latest),
      signal,
      handBack,
      reportStall: (stall: Omit<StallReport, 'runId'>) => {
        count(context.metricMeter, 'retries', { reason: stall.kind });
        reportStall(stall);
      },
      isGivenUp: () => wasAsleep() || signal.aborted,
      number: context.info.attempt,
    };
    return await Promise.race([work(attempt), givenUp(signal)]);
  } catch (error) {
    // Whatever error the work ends with, the attempt was given up.
    if (signal.aborted) throw signal.reason as Error;
    const at = typeof chunk === 'function' ? chunk() : chunk;
    const label = at === undefined ? runLabel(run) : chunkLabel(run, at);
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

interface AttemptOptions {
  run: RunRef;
  chunk?: number | (() => number);
  lastTry?: number;
  handsBack?: boolean;
}

type Signals = Pick<Attempt, 'signal' | 'handBack'>;

function onlyGivenUp({ cancellationSignal }: Context): Signals {
  return { signal: cancellationSignal, handBack: new AbortController().signal };
}

/** A cancellation by the workflow asks for the rest; any other one, such as a timeout, gives the attempt up. */
function split({ cancellationSignal }: Context): Signals {
  const givenUp = new AbortController();
  const handedBack = new AbortController();
  const onCancelled = (): void => {
    const reason = cancellationSignal.reason as CancelledFailure;
    if (reason.message === ASKED_BY_WORKFLOW) {
      handedBack.abort(new HandedBackError('the import asks for the rest'));
    } else givenUp.abort(reason);
  };
  if (cancellationSignal.aborted) onCancelled();
  else cancellationSignal.addEventListener('abort', onCancelled, { once: true });
  return { signal: givenUp.signal, handBack: handedBack.signal };
}

/** Temporal's name of the reason. */
const ASKED_BY_WORKFLOW = 'CANCELLED';

/** Rejected once the attempt is given up, so that it does not wait for its work. */
function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
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
