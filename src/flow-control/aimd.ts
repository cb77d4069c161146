/**
 * AIMD (additive increase, multiplicative decrease) of the chunks in flight: halved when Kratos is overloaded, one more
 * after a number of chunks without overload. Each decrease doubles that number, so that a server that takes one write
 * at a time is not probed over and over. Pure: workflows call it with their own clock.
 */
export interface AimdLimit {
  /** Absent as long as Kratos was never overloaded: only the operator's setting counts. */
  limit?: number;
  /** Chunks that finished since the last overload. */
  successes: number;
  /** Chunks that have to finish before the limit increases by one. */
  successesNeeded: number;
  /** When the limit was last halved (milliseconds). */
  decreasedAt: number;
}

export const NO_LIMIT: Readonly<AimdLimit> = { successes: 0, successesNeeded: 2, decreasedAt: 0 };
const MAX_SUCCESSES_NEEDED = 64;
/** An overload reported this soon after a decrease was on its way before it. */
const SETTLING_MS = 3000;

/** @param concurrency what the operator allows */
export function currentLimit({ limit }: AimdLimit, concurrency: number): number {
  return Math.min(limit ?? concurrency, concurrency);
}

/** Kratos is overloaded. */
export function decrease(state: AimdLimit, concurrency: number, now: number): AimdLimit {
  if (now - state.decreasedAt < SETTLING_MS) return { ...state, successes: 0 };
  return {
    limit: Math.max(1, Math.floor(currentLimit(state, concurrency) / 2)),
    successes: 0,
    successesNeeded: Math.min(MAX_SUCCESSES_NEEDED, state.successesNeeded * 2),
    decreasedAt: now,
  };
}

/** A chunk has finished. */
export function increase(state: AimdLimit, concurrency: number): AimdLimit {
  const successes = state.successes + 1;
  if (successes < state.successesNeeded)
    return state === NO_LIMIT ? state : { ...state, successes };
  if (state.limit === undefined) return NO_LIMIT;
  const { limit, ...others } = state;
  return limit + 1 >= concurrency
    ? { ...others, successes: 0 }
    : { ...others, successes: 0, limit: limit + 1 };
}
