import { ApplicationFailure, isCancellation, sleep } from '@temporalio/workflow';
import { withoutLabel } from '../../src/contract/ids.js';
import { causeOf, fatalFailure } from './failures.js';

const FIRST_PAUSE_S = 10;
const LONGEST_PAUSE_S = 300;

/**
 * Tries until all is there. What may come back is waited for; what will not ends the run.
 * @param tell told what is waited for, each time that a try has failed
 * @throws the failure that ends the run, or the cancellation
 */
export async function retryPreflight<T>(
  preflight: () => Promise<T>,
  tell: (text: string, isFirst: boolean) => void,
): Promise<T> {
  for (let pause = FIRST_PAUSE_S; ; pause = Math.min(2 * pause, LONGEST_PAUSE_S)) {
    try {
      return await preflight();
    } catch (error) {
      if (isCancellation(error) || fatalFailure(error)) throw error;
      const cause = causeOf(error);
      const why =
        cause instanceof ApplicationFailure ? cause.message : 'The worker did not answer in time.';
      const waits = `${withoutLabel(why)} Waiting for it; the next try is in ${pause} s.`;
      tell(waits, pause === FIRST_PAUSE_S);
      await sleep(pause * 1000, { summary: 'until the next preflight' });
    }
  }
}
