/**
 * The pace that a mail server takes, learned from its answers by AIMD (additive increase, multiplicative decrease):
 * halved when a share of the mails is refused as too many, and raised in small steps while they are taken. Beyond what
 * was refused it goes on being raised, and is forgotten at twice that: the limit is gone. Pure and plain JSON:
 * workflows carry it, and call it with their own clock, in milliseconds.
 */
export interface LearnedPace {
  /** Mails a minute; absent as long as no limit is known. */
  perMinute?: number;
  /** The pace at which mails were refused. */
  refusedAt: number;
  /** When the pace was lowered. */
  loweredAt: number;
  /** When a mail was refused or the pace was changed for the last time. */
  changedAt: number;
  /** Mails that the server has taken since the pace was lowered. */
  taken: number;
  /** The latest answers; older ones count less. */
  latest: { taken: number; refused: number };
  /** How many mails had an answer since a time not long ago, for the pace that they had. */
  sent: { since: number; last: number; mails: number };
}

export const NO_PACE: Readonly<LearnedPace> = {
  refusedAt: 0,
  loweredAt: 0,
  changedAt: 0,
  taken: 0,
  latest: { taken: 0, refused: 0 },
  sent: { since: 0, last: 0, mails: 0 },
};
/** Answers that come so soon after a decrease are of mails that were on their way before it. */
const SETTLING_MS = 5000;
/** So few refusals may be about anything. */
const FEWEST_REFUSED = 3;
/** A smaller share is better sent again than avoided by a lower pace. */
const REFUSED_SHARE = 0.1;
const RAISED_AFTER_MS = 10_000;
/** A step up is this part of the pace at which mails were refused. */
const STEP_PART = 1 / 20;
/** Of so many answers, and after such a time, what was before counts half. */
const MOST_ANSWERS = 64;
const LONGEST_MS = 20_000;
/** After a longer pause than that, the mails before it say nothing of the pace. */
const PAUSE = { ms: 10_000, intervals: 10 };
const MINUTE_MS = 60_000;
const SHORTEST_MS = 1000;

/** The server has taken a mail, or refused it for a reason of its own. */
export function mailTaken(pace: LearnedPace, now: number): LearnedPace {
  const counted = { ...count(pace, now, { taken: 1, refused: 0 }), taken: pace.taken + 1 };
  const { perMinute, refusedAt, changedAt } = counted;
  if (perMinute === undefined || now - changedAt < RAISED_AFTER_MS) return counted;
  const raised = perMinute + Math.max(1, Math.round(refusedAt * STEP_PART));
  if (raised < 2 * refusedAt) return { ...counted, perMinute: raised, changedAt: now };
  const { perMinute: _, ...forgotten } = counted;
  return forgotten;
}

/** The server has refused a mail since there are too many. */
export function mailRefused(pace: LearnedPace, now: number): LearnedPace {
  const counted = { ...count(pace, now, { taken: 0, refused: 1 }), changedAt: now };
  if (!isTooFast(counted) || takesNothing(counted)) return counted;
  const { latest, sent } = counted;
  const perMinute = (sent.mails * MINUTE_MS) / Math.max(now - sent.since, SHORTEST_MS);
  const refusedAt = Math.min(counted.perMinute ?? Infinity, perMinute);
  // Where more than half is refused, what is taken is less than half.
  const takenPart = latest.taken > 0 ? latest.taken / (latest.taken + latest.refused) : 1;
  return {
    ...counted,
    perMinute: Math.max(1, Math.floor(refusedAt * Math.min(1 / 2, takenPart))),
    refusedAt,
    loweredAt: now,
    taken: 0,
    latest: NO_PACE.latest,
    sent: { since: now, last: now, mails: 0 },
  };
}

/** Whether a server refuses everything even at the lowered pace, which would not help at an even lower one. */
export function isShut(pace: LearnedPace): boolean {
  return isTooFast(pace) && takesNothing(pace);
}

function takesNothing({ perMinute, taken }: LearnedPace): boolean {
  return perMinute !== undefined && taken === 0;
}

function isTooFast({ latest: { taken, refused } }: LearnedPace): boolean {
  return refused >= FEWEST_REFUSED && refused >= REFUSED_SHARE * (taken + refused);
}

function count(pace: LearnedPace, now: number, one: LearnedPace['latest']): LearnedPace {
  const { latest, sent, loweredAt } = pace;
  const hasSettled = now - loweredAt >= SETTLING_MS;
  const older = latest.taken + latest.refused < MOST_ANSWERS ? 1 : 1 / 2;
  return {
    ...pace,
    sent: countSent(sent, now),
    latest: hasSettled
      ? { taken: older * latest.taken + one.taken, refused: older * latest.refused + one.refused }
      : latest,
  };
}

function countSent({ since, last, mails }: LearnedPace['sent'], now: number): LearnedPace['sent'] {
  const interval = (last - since) / Math.max(1, mails - 1);
  const isAfterPause = now - last > PAUSE.ms + PAUSE.intervals * interval;
  if (mails === 0 || isAfterPause) return { since: now, last: now, mails: 1 };
  if (now - since < LONGEST_MS) return { since, last: now, mails: mails + 1 };
  return { since: now - (now - since) / 2, last: now, mails: mails / 2 + 1 };
}
