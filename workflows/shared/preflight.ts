/** Waiting for what a run needs, with exponential backoff by timers, so that the run can say what it waits for. */
import { ApplicationFailure, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import { withoutLabel } from '../../src/contract/ids.js';
import { exponentialBackoff } from '../../src/flow-control/backoff.js';
import { continueRun, type Continuable } from './continue-as-new.js';
import { causeOf, fatalFailure } from './failures.js';

const BACKOFF = { firstMs: 10_000, longestMs: 300_000 };

/**
 * Tries until everything is there; continues as new when the history has become long. A failure that may pass is waited
 * for; one that will not ends the run.
 * @param onRetry called after each failed try with what the run waits for
 * @throws the failure that ends the run, or the cancellation
 */
export async function retryPreflight<T>(
  run: Continuable,
  preflight: () => Promise<T>,
  onRetry: (text: string, isFirst: boolean) => void,
): Promise<T> {
  const isFirstExecution = workflowInfo().continuedFromExecutionRunId === undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await preflight();
    } catch (error) {
      if (isCancellation(error) || fatalFailure(error)) throw error;
      const cause = causeOf(error);
      const why =
        cause instanceof ApplicationFailure ? cause.message : 'The worker did not answer in time.';
      const waitMs = exponentialBackoff(BACKOFF, tries);
      const text = `${withoutLabel(why)} Waiting for it; the next try is in ${waitMs / 1000} s.`;
      onRetry(text, tries === 1 && isFirstExecution);
      await sleep(waitMs, { summary: 'until the next preflight' });
      if (workflowInfo().continueAsNewSuggested) await continueRun(run);
    }
  }
}
