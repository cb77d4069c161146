/**
 * When mails may go out: evenly, and never more of them than allowed within any 60 seconds, whatever is repeated or comes
 * late. Times are milliseconds of the workflow's clock.
 *
 * A mail goes out at some moment between the start of its attempt and the end of it, or of the wait for it. A window of 60
 * seconds that a new attempt falls into began at most 60 seconds before that attempt was started, so every other mail in
 * it belongs to an attempt that is in flight or has ended since then: as long as these are fewer than allowed, one more
 * may start.
 */

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface MailPace {
  /** When the next attempt is due. */
  next: number;
  /** Before which it does not start, however late it is. */
  notBefore: number;
  /** How many attempts have ended in each slice of time, oldest first: a slice is a quarter of a second. */
  ended: [slice: number, count: number][];
}

const MINUTE_MS = 60_000;
const SLICE_MS = 250;
/** Attempts are this much further apart than the rate asks, so that those of the usual length never have to wait for each other. */
const WIDER_MS = 3 * SLICE_MS;
/** What a busy machine loses is made up for, mails half as far apart as usual; after a longer stop they begin anew. */
const CATCH_UP_MS = 3000;
/** Closer than this they go in groups anyway. */
const SPACED_MS = 200;

export function newPace(now: number): MailPace {
  return { next: now, notBefore: now, ended: [] };
}

/** Milliseconds from one mail to the next. */
export function intervalMs(perMinute: number): number {
  return (MINUTE_MS + WIDER_MS) / perMinute;
}

/**
 * When the next attempt may start, now at the earliest; Infinity while that depends on those in flight.
 * @param inFlight attempts that have started and not ended
 */
export function readyAt(pace: MailPace, perMinute: number, inFlight: number, now: number): number {
  let at = Math.max(now, pace.next, pace.notBefore);
  const counted = pace.ended.filter(([slice]) => goneAt(slice) > now);
  let tooMany = inFlight + counted.reduce((sum, [, count]) => sum + count, 0) - (perMinute - 1);
  for (const [slice, count] of counted) {
    if (tooMany <= 0) break;
    tooMany -= count;
    at = Math.max(at, goneAt(slice));
  }
  return tooMany > 0 ? Infinity : at;
}

/** When what ended in a slice is too long ago to share 60 seconds with anything that starts. */
function goneAt(slice: number): number {
  return (slice + 1) * SLICE_MS + MINUTE_MS;
}

export function attemptStarted(pace: MailPace, perMinute: number, now: number): MailPace {
  const due = now - pace.next > CATCH_UP_MS ? now : pace.next;
  const interval = intervalMs(perMinute);
  const notBefore = interval > SPACED_MS ? now + interval / 2 : now;
  return { ...pace, next: due + interval, notBefore };
}

export function attemptEnded(pace: MailPace, now: number): MailPace {
  const slice = Math.floor(now / SLICE_MS);
  const counted = pace.ended.filter(([earlier]) => goneAt(earlier) > now);
  const last = counted.at(-1);
  const ended: MailPace['ended'] =
    last?.[0] === slice
      ? [...counted.slice(0, -1), [slice, last[1] + 1]]
      : [...counted, [slice, 1]];
  return { ...pace, ended };
}

/** The attempt that has ended put out no mail, for certain: the next one takes its place. */
export function attemptUnused(pace: MailPace, perMinute: number): MailPace {
  return { ...pace, next: pace.next - intervalMs(perMinute), notBefore: 0 };
}

/** A faster rate holds at once. */
export function rateChanged(pace: MailPace, perMinute: number, now: number): MailPace {
  const soon = now + intervalMs(perMinute);
  return { ...pace, next: Math.min(pace.next, soon), notBefore: Math.min(pace.notBefore, soon) };
}
