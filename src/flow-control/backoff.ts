/** Exponential backoff: pauses that double from try to try. Pure, so that workflows may use it. */
export interface Backoff {
  /** The pause after the first try, in milliseconds. */
  firstMs: number;
  /** No pause is longer. */
  longestMs: number;
}

/** @param tries how many have failed, from 1 on */
export function exponentialBackoff({ firstMs, longestMs }: Backoff, tries: number): number {
  return Math.min(firstMs * 2 ** (tries - 1), longestMs);
}

/** Leaves half of a pause to chance, so that requests which were refused together do not return together. */
export function withJitter(pauseMs: number): number {
  return pauseMs / 2 + (Math.random() * pauseMs) / 2;
}
