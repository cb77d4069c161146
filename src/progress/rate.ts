/** How fast an import runs, from the times at which chunks finished. Pure: workflows call it with their own clock. */

/** The number of rows done at some time (milliseconds). */
export interface RateSample {
  at: number;
  done: number;
}

const WINDOW_MS = 60_000;

/**
 * Adds a sample and drops what is older than the window, but for the last one before it, from which the rate counts.
 */
export function addSample(samples: RateSample[], sample: RateSample): RateSample[] {
  const all = [...samples, sample];
  const first = all.findIndex(({ at }) => at > sample.at - WINDOW_MS);
  return all.slice(Math.max(0, first - 1));
}

/** Rows a second over the samples; null while there are no two of different times. */
export function ratePerSecond(samples: RateSample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at === first.at) return null;
  return ((last.done - first.done) * 1000) / (last.at - first.at);
}

/** Whole seconds until `remaining` rows are done. */
export function etaSeconds(rate: number | null, remaining: number): number | null {
  return rate === null || rate <= 0 ? null : Math.ceil(remaining / rate);
}
