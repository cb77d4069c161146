/**
 * Adaptive concurrency limit by hill climbing: how many writes a worker sends to Kratos at once. As many as make Kratos
 * faster, which only measuring shows: beyond that writes wait for each other in Kratos and cost it more (on two cores a
 * third one takes a tenth of the speed away), and with too few of them a larger Kratos idles. Pure: times are
 * milliseconds of the caller's clock.
 *
 * At first the limit is doubled for as long as that pays, so that a large Kratos is not kept waiting. Then it is raised
 * now and then, and stays raised when that pays; or lowered, and stays lowered when nothing is lost. A step is one
 * write, or an eighth of the limit when that is more: beyond ten, one write more could not pay even in a Kratos that
 * gets faster with each.
 */
export interface AdaptiveLimit {
  /** Writes at once, for now. */
  limit: number;
  /** What is being measured at this limit. `writes` below 0: so many that began at the limit before do not count. */
  window?: { since: number; writes: number; rows: number };
  /** The limit that is compared with, and how many rows a second it brought. */
  baseline?: { limit: number; rate: number };
  /** How many writes are measured for each that may run at once. */
  writesASlot: number;
  /** Windows before something else is tried again. */
  cooldown: number;
  /** How many there are the next time. */
  nextCooldown: number;
  /** What is tried next. */
  step: 1 | -1;
  /** Until doubling has not paid for once. */
  isDoubling?: boolean;
}

export const INITIAL_LIMIT: Readonly<AdaptiveLimit> = {
  limit: 2,
  // Enough batches to tell two limits apart, and few enough that a wrong one does no harm.
  writesASlot: 2,
  cooldown: 0,
  nextCooldown: 4,
  step: 1,
  isDoubling: true,
};
const MAX_LIMIT = 50;
/** A step is this part of the limit: large enough that it pays where each write more makes Kratos faster. */
const STEP_PART = 1 / 8;
/** A step up has to bring this much, or what is sent more only waits with the others. */
const MIN_GAIN = 1.1;
/** A step down may cost this much of the speed. */
const MAX_LOSS = 0.97;
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
  if (measured.writes < limit.writesASlot * limit.limit || now === window.since) {
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
  if (!baseline) return probe(state, rate);
  const isBetter = rate > baseline.rate * (step > 0 ? MIN_GAIN : MAX_LOSS);
  // What was worth a step may be worth another.
  if (isBetter) return probe({ ...state, nextCooldown: INITIAL_LIMIT.nextCooldown }, rate);
  return settle({ ...state, limit: baseline.limit });
}

/** Tries the next limit, to be compared with this one. */
function probe(state: AdaptiveLimit, rate: number): AdaptiveLimit {
  const { limit, step, isDoubling } = state;
  const tried = isDoubling ? 2 * limit : limit + step * Math.ceil(limit * STEP_PART);
  const possible = Math.min(MAX_LIMIT, Math.max(1, tried));
  return possible === limit
    ? settle(state)
    : { ...state, limit: possible, baseline: { limit, rate } };
}

/**
 * Stays at this limit for a while; then the other direction is tried. After the doubling that is one write more:
 * twice as many did not pay, which says nothing of one more, and one less of two would cost a third of the speed
 * while it is tried.
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
