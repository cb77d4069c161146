/**
 * Rate limiter with a sliding window: mails go out evenly, and never more of them than allowed within any 60 seconds,
 * also with retries and late attempts. Times are milliseconds of the workflow's clock.
 *
 * An attempt is started a little before its slot and waits for it: a timer of Temporal may be a second late, so a timer
 * for each mail could not keep more than 60 a minute even. At a high pace one step carries the mails of a second or
 * two, each with a slot of its own, and one timer does for all of them.
 *
 * Why the limit holds: a mail goes out at some moment between its slot and its end, which is the end of its attempt or
 * of the wait for it. Take any 60 seconds; of the steps whose mails went out in them, the one that was started last;
 * and of its mails in them the one with the last slot, the l-th of the step. Every other of these mails went out later
 * than 60 seconds before that slot. At most l of them are of this step. Each of the others was started before, and
 * either was in flight when this step was started, or had ended after that time. So a step may have an l-th mail where
 * these, with l, are no more than allowed; an attempt at one mail is a step with one.
 *
 * Two clocks: the wait for a slot is a duration, which begins at the worker no earlier than the workflow has given the
 * slot out, so that no mail is early. The answer of a step says how long before it each mail had ended, as durations of
 * the worker's monotonic clock. The workflow hears the answer later than it was given: counted back from there, no end
 * comes out too early, so that each mail counts for long enough, and no longer for the others of its step. Of a step
 * without an answer each mail counts until the workflow knows that none comes.
 */

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface MailPace {
  /** When the next mail is due. */
  next: number;
  /** The slot of the next mail is not before this time, however late the mail is. */
  notBefore: number;
  /** How many attempts have ended in each slice of time, oldest first: a slice is a quarter of a second. */
  ended: [slice: number, count: number][];
}

const MINUTE_MS = 60_000;
const SLICE_MS = 250;
/**
 * Attempts are this much further apart than the rate asks, so that attempts of usual length never wait for each
 * other.
 */
const WIDER_MS = 3 * SLICE_MS;
/** A delay up to this is made up for by mails half as far apart as usual; after a longer one the pace starts over. */
export const CATCH_UP_MS = 1000;
/** Mails closer than this need no even spacing. */
const SPACED_MS = 200;

export function newPace(now: number): MailPace {
  return { next: now, notBefore: now, ended: [] };
}

/** Milliseconds from one mail to the next. */
export function intervalMs(perMinute: number): number {
  return (MINUTE_MS + WIDER_MS) / perMinute;
}

/** How long an attempt may wait for its slot: more than the second by which a timer may be late. */
const LEAD_MS = 1500;
/**
 * At fast rates the lead is shorter: the end of one attempt starts another in time, and a pause finds few on their
 * way.
 */
const WAITING_AT_MOST = 5;
const SHORTEST_LEAD_MS = 200;

/**
 * Above so many a minute one step carries several mails. Below it each has a step of its own, whose end is known by
 * itself; from ten steps a second on, steps would cost Temporal more than mails cost Kratos.
 */
export const STEPS_OF_ONE = 600;
/** A step carries the mails of two seconds, of one where that is as many as this. */
const MAILS_A_STEP = 100;
/** What is on its way at a pause goes out: a longer step would be at rest too late. */
export const LONGEST_STEP_MS = 2000;
/** How long before its first slot a step of several mails is started: until then it reads who they are for. */
export const STEP_LEAD_MS = 500;

/** How many mails a step carries at most. */
export function mailsAStep(perMinute: number): number {
  if (perMinute <= STEPS_OF_ONE) return 1;
  const aSecond = Math.floor(1000 / intervalMs(perMinute));
  return Math.max(aSecond, Math.min(MAILS_A_STEP, 2 * aSecond));
}

/** How long before its slot an attempt is started, in milliseconds. */
export function leadMs(perMinute: number): number {
  return Math.max(SHORTEST_LEAD_MS, Math.min(LEAD_MS, WAITING_AT_MOST * intervalMs(perMinute)));
}

/** Slots of mails that one step carries, evenly apart. */
export interface Slots {
  /** The first one, now at the earliest; Infinity while it depends on what is in flight. */
  at: number;
  everyMs: number;
  count: number;
}

/**
 * The slot of the next mail, now at the earliest; Infinity while it depends on the attempts in flight.
 * @param inFlight mails that were started and have not ended
 */
export function nextSlot(pace: MailPace, perMinute: number, inFlight: number, now: number): number {
  return earliestTimes(pace, perMinute, { inFlight, now, most: 1 })[0] ?? Infinity;
}

/**
 * The slots of the next step.
 * @param most mails that it may carry
 * @param before no slot is at this time or later
 */
export function nextSlots(
  pace: MailPace,
  perMinute: number,
  {
    before = Infinity,
    ...counts
  }: { inFlight: number; now: number; most: number; before?: number },
): Slots {
  const times = earliestTimes(pace, perMinute, counts);
  const [at = Infinity] = times;
  if (times.length < 2 || at >= before) return { at, everyMs: 0, count: Math.min(times.length, 1) };
  const interval = intervalMs(perMinute);
  const others = times.length - 1;
  const due = dueAt(pace, at);
  const evenly = Math.max(interval / 2, interval - (at - due) / others);
  const everyMs = Math.max(evenly, ...times.slice(1).map((time, i) => (time - at) / (i + 1)));
  const inTime = Math.floor(Math.min(LONGEST_STEP_MS, before - 1 - at) / everyMs) + 1;
  return { at, everyMs, count: Math.min(times.length, inTime) };
}

/** The earliest slot of the first of the next mails, of the second, and so on, as far as that is known. */
function earliestTimes(
  pace: MailPace,
  perMinute: number,
  { inFlight, now, most }: { inFlight: number; now: number; most: number },
): number[] {
  const counted = pace.ended.filter(([slice]) => goneAt(slice) > now);
  let allowed = perMinute - inFlight - counted.reduce((sum, [, count]) => sum + count, 0);
  let at = Math.max(now, pace.next, pace.notBefore);
  const times: number[] = [];
  while (times.length < most) {
    for (; times.length >= allowed && counted.length > 0; counted.shift()) {
      const [slice, count] = counted[0]!;
      allowed += count;
      at = Math.max(at, goneAt(slice));
    }
    if (times.length >= allowed) break;
    times.push(at);
  }
  return times;
}

/** When the mail that goes out at a slot should have gone out. */
function dueAt(pace: MailPace, slot: number): number {
  return slot - pace.next > CATCH_UP_MS ? slot : pace.next;
}

/** When the attempts that ended in a slice are too old to share 60 seconds with one that starts. */
function goneAt(slice: number): number {
  return (slice + 1) * SLICE_MS + MINUTE_MS;
}

/** @param slot the earliest time at which its mail goes out */
export function attemptStarted(pace: MailPace, perMinute: number, slot: number): MailPace {
  const interval = intervalMs(perMinute);
  const notBefore = interval > SPACED_MS ? slot + interval / 2 : slot;
  return { ...pace, next: dueAt(pace, slot) + interval, notBefore };
}

export function stepStarted(pace: MailPace, perMinute: number, slots: Slots): MailPace {
  const { at, everyMs, count } = slots;
  const interval = intervalMs(perMinute);
  const last = at + (count - 1) * everyMs;
  // Further apart than the rate asks: nothing of that is made up for.
  const isHeldUp = everyMs > interval;
  const next = isHeldUp ? last + interval : dueAt(pace, at) + count * interval;
  return { ...pace, next, notBefore: last + interval / 2 };
}

export function attemptEnded(pace: MailPace, now: number): MailPace {
  return mailsEnded(pace, [[0, 1]], now);
}

/** How many mails had ended so many milliseconds ago. */
export type EndedAgo = [ms: number, count: number][];

/** Each counts as one that may have gone out. */
export function mailsEnded(pace: MailPace, ago: EndedAgo, now: number): MailPace {
  const counts = new Map(pace.ended.filter(([slice]) => goneAt(slice) > now));
  for (const [ms, count] of ago) {
    const slice = Math.floor((now - ms) / SLICE_MS);
    counts.set(slice, (counts.get(slice) ?? 0) + count);
  }
  return { ...pace, ended: [...counts].sort(([a], [b]) => a - b) };
}

/** The attempt has certainly put out no mail: the next one takes its slot. */
export function attemptUnused(pace: MailPace, perMinute: number): MailPace {
  return { ...pace, next: pace.next - intervalMs(perMinute), notBefore: 0 };
}

/** A faster rate applies at once. */
export function rateChanged(pace: MailPace, perMinute: number, now: number): MailPace {
  const soon = now + intervalMs(perMinute);
  return { ...pace, next: Math.min(pace.next, soon), notBefore: Math.min(pace.notBefore, soon) };
}
