/** A portion of an import: its chunks one after the other, for as long as nothing speaks against the next one. */
import { isHandedBack } from '../contract/errors.js';
import {
  addResults,
  NO_RESULT,
  processedIn,
  type ChunkResult,
} from '../contract/import/outcomes.js';
import type { Portion } from '../contract/import/open-chunks.js';
import type { PortionResult, PortionSettings } from '../contract/import/portion.js';
import { isTooHigh } from '../flow-control/failure-rate.js';

/**
 * After this long the rest is handed back: so old is what an operator sees of a portion at most, beside the time of one
 * chunk, and so is what a slow worker keeps from others.
 */
const LONGEST_MS = 10_000;

export interface PortionOptions extends Pick<
  PortionSettings,
  'haltAboveFailureRate' | 'failuresBefore'
> {
  /** Aborted with a HandedBackError: no further chunk begins, and the one at work ends as soon as it can. */
  handBack: AbortSignal;
  /** Milliseconds of any clock. */
  now: () => number;
}

/**
 * Imports the chunks of a portion in order. Chunks that another attempt has done are known by their outcomes.
 * @param importOne imports one of them, by its number
 * @throws what `importOne` throws for the first of them, but for a chunk that is handed back
 */
export async function importPortion(
  { chunk: first, chunks }: Portion,
  importOne: (chunk: number) => Promise<ChunkResult>,
  { haltAboveFailureRate, failuresBefore, handBack, now }: PortionOptions,
): Promise<PortionResult> {
  const startedAt = now();
  let result = NO_RESULT;
  let done = 0;
  const hasFailed = (): boolean =>
    isTooHigh(
      {
        processed: failuresBefore.processed + processedIn(result.counts),
        failed: failuresBefore.failed + result.counts.failed,
      },
      haltAboveFailureRate,
    );
  const goesOn = (): boolean => {
    if (done === chunks || handBack.aborted) return false;
    // A portion does something, whatever was before.
    return done === 0 || (now() - startedAt < LONGEST_MS && !hasFailed());
  };
  while (goesOn()) {
    try {
      result = addResults(result, await importOne(first + done));
    } catch (error) {
      const isAskedBack = handBack.aborted && isHandedBack(error);
      // What is done is handed over first: another attempt at all of it would begin with the first chunk again, and
      // never come to its end where something fails now and then. The chunk comes again as the first of a portion.
      if (done === 0 && !isAskedBack) throw error;
      break;
    }
    done++;
  }
  return { ...result, done };
}
