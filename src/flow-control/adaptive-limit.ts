/**
 * How many writes a worker has with Kratos at once: as many as make it faster, which only measuring tells. Beyond that
 * they wait for each other in Kratos and cost it more (on two cores a third one takes a tenth of the speed away), and with
 * too few of them a larger Kratos idles. Pure: times are milliseconds of the caller's clock.
 *
 * At first their number is doubled for as long as that pays, so that a large Kratos is not kept waiting. Then one more is
 * tried now and then, and stays when it pays; one less, and stays off when it is not missed. Of many, an eighth at a time:
 * beyond ten, one more could not even pay in a Kratos that gets faster with each.
 */
export interface AdaptiveLimit {
  /** Writes at once, for now. */
  limit: number;
  /** What is being measured at this limit. Below 0: writes that began at the limit before, and are none of it. */
  window?: { since: number; writes: number; rows: number };
  /** The limit that is compared with, and how many rows a second it brought. */
  baseline?: { limit: number; rate: number };
  /** Windows before something else is tried again. */
  cooldown: number;
  /** How many there are the next time. */
  nextCooldown: number;
  /** What is tried next. */
  step: 1 | -1;
  /** Until doubling their number has not paid for once. */
  isDoubling?: boolean;
}

export const INITIAL_LIMIT: Readonly<AdaptiveLimit> = {
  ...{ limit: 2, cooldown: 0, nextCooldown: 4, step: 1 },
  isDoubling: true,
};
const MOST = 50;
/** A step is this part of the limit: large enough that it pays where each write more makes Kratos faster. */
const STEP = 1 / 8;
/** Enough of them to tell two limits apart, and few enough that a wrong one does no harm. */
const WRITES_A_SLOT = 2;
/** A step up has to bring this much, or what is sent more only waits with the others. */
const PAYS = 1.1;
/** A step down may cost this much of the speed. */
const NOT_MISSED = 0.97;
const MAX_COOLDOWN = 64;

/**
 * A write has ended.
 * @param isFull whether others were waiting for their turn all the time: only then does the limit matter
 */
export function recordWrite(
  limit: AdaptiveLimit,
  { rows, isFull }: { rows: number; isFull: boolean },
  now: number,
): AdaptiveLimit {
  const { window, ...idle } = limit;
  if (!isFull) return idle;
  if (!window) return { ...limit, window: { since: now, writes: 0, rows: 0 } };
  if (window.writes < 0) {
    return { ...limit, window: { since: now, writes: window.writes + 1, rows: 0 } };
  }
  const measured = { ...window, writes: window.writes + 1, rows: window.rows + rows };
  if (measured.writes < WRITES_A_SLOT * limit.limit || now === window.since) {
    return { ...limit, window: measured };
  }
  const rate = (measured.rows * 1000) / (now - window.since);
  const following = next(idle, rate);
  const stale = following.limit === limit.limit ? 0 : limit.limit - 1;
  return { ...following, window: { since: now, writes: 0 - stale, rows: 0 } };
}

/** @param rate rows a second at this limit */
function next(state: AdaptiveLimit, rate: number): AdaptiveLimit {
  const { baseline, cooldown, step } = state;
  if (cooldown > 0) return { ...state, cooldown: cooldown - 1 };
  if (!baseline) return attempt(state, rate);
  const isBetter = rate > baseline.rate * (step > 0 ? PAYS : NOT_MISSED);
  // What was worth a step may be worth another.
  if (isBetter) return attempt({ ...state, nextCooldown: INITIAL_LIMIT.nextCooldown }, rate);
  return settle({ ...state, limit: baseline.limit });
}

/** Tries the next limit, held against this one. */
function attempt(state: AdaptiveLimit, rate: number): AdaptiveLimit {
  const { limit, step, isDoubling } = state;
  const tried = isDoubling ? 2 * limit : limit + step * Math.ceil(limit * STEP);
  const possible = Math.min(MOST, Math.max(1, tried));
  return possible === limit
    ? settle(state)
    : { ...state, limit: possible, baseline: { limit, rate } };
}

/**
 * Stays at this limit for a while; then the other direction is tried. After the doubling it is one more: that twice as
 * many did not pay does not tell of it, and one less of two would cost a third of the speed while it is tried.
 */
function settle({ baseline: _, isDoubling, ...state }: AdaptiveLimit): AdaptiveLimit {
  const { limit, step, nextCooldown } = state;
  return {
    ...state,
    step: step > 0 && limit > 1 && !isDoubling ? -1 : 1,
    cooldown: nextCooldown,
    nextCooldown: Math.min(MAX_COOLDOWN, 2 * nextCooldown),
  };
}
