import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE } from '../src/contract/failures.js';
import { chunkLabel, runLabel, withoutLabel, type RunRef } from '../src/contract/ids.js';
import type { Trouble } from '../src/contract/trouble.js';
import { toFailure } from './failures.js';
import { tellImport } from './tell-import.js';

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
const HEARTBEAT_MS = 5_000;

/** What the work of an attempt may do besides. */
export interface Attempt {
  /** Sets what heartbeats carry from now on. */
  progress: (details: unknown) => void;
  /** Aborted when the attempt is given up. */
  signal: AbortSignal;
  /** Tells the import what is waited for. */
  tell: (trouble: Omit<Trouble, 'runId'>) => void;
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
  const tell = tellImport(context, run);
  let details: unknown;
  const beat = setInterval(() => context.heartbeat(details), HEARTBEAT_MS);
  try {
    const attempt = {
      progress: (latest: unknown) => void (details = latest),
      signal: context.cancellationSignal,
      tell,
    };
    return await Promise.race([work(attempt), context.cancelled]);
  } catch (error) {
    // Whatever the work says then, it was given up.
    if (context.cancellationSignal.aborted) await context.cancelled;
    const failure = toFailure(error, chunk ? chunkLabel(run, chunk) : runLabel(run));
    if (isNews(failure, context.info.attempt)) {
      tell({ kind: 'waiting', text: `${withoutLabel(failure.message)} It is tried again.` });
    }
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

/**
 * A failure that comes again and again is told ever more rarely: each time costs the import's history some events. What
 * Kratos says was told when it said it.
 */
function isNews(failure: Error, attempt: number): boolean {
  if (!(failure instanceof ApplicationFailure) || failure.nonRetryable) return false;
  const isKratos =
    failure.type === RETRYABLE.KratosUnavailable || failure.type === RETRYABLE.KratosUnauthorized;
  return !isKratos && Number.isInteger(Math.log2(attempt));
}
