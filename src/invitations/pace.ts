/**
 * Rate limiter with a sliding window: mails go out evenly, and never more of them than allowed within any 60 seconds,
 * also with retries and late attempts. Times are milliseconds of the workflow's clock.
 *
 * An attempt is started a little before its slot and waits for it: a timer of Temporal may be a second late, so a timer
 * for each mail could not keep more than 60 a minute even.
 *
 * Why the limit holds: a mail goes out at some moment between its slot and the end of its attempt, or of the wait for
 * it. Take any 60 seconds, and of the attempts whose mails went out in them the one that was started last. Every
 * other of these mails went out later than 60 seconds before the slot of the last one. So when the last one was
 * started, each of the other attempts was in flight or had ended after that time. As long as these are fewer than
 * allowed, one more may start.
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

/** How long before its slot an attempt is started, in milliseconds. */
export function leadMs(perMinute: number): number {
  return Math.max(SHORTEST_LEAD_MS, Math.min(LEAD_MS, WAITING_AT_MOST * intervalMs(perMinute)));
}

/**
 * The slot of the next mail, now at the earliest; Infinity while it depends on the attempts in flight.
 * @param inFlight attempts that have started and not ended
 */
export function nextSlot(pace: MailPace, perMinute: number, inFlight: number, now: number): number {
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

/** When the attempts that ended in a slice are too old to share 60 seconds with one that starts. */
function goneAt(slice: number): number {
  return (slice + 1) * SLICE_MS + MINUTE_MS;
}

/** @param slot the earliest time at which its mail goes out */
export function attemptStarted(pace: MailPace, perMinute: number, slot: number): MailPace {
  const due = slot - pace.next > CATCH_UP_MS ? slot : pace.next;
  const interval = intervalMs(perMinute);
  const notBefore = interval > SPACED_MS ? slot + interval / 2 : slot;
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

/** The attempt has certainly put out no mail: the next one takes its slot. */
export function attemptUnused(pace: MailPace, perMinute: number): MailPace {
  return { ...pace, next: pace.next - intervalMs(perMinute), notBefore: 0 };
}

/** A faster rate applies at once. */
export function rateChanged(pace: MailPace, perMinute: number, now: number): MailPace {
  const soon = now + intervalMs(perMinute);
  return { ...pace, next: Math.min(pace.next, soon), notBefore: Math.min(pace.notBefore, soon) };
}
