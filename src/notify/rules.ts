/** When operators are told: once for each thing that comes to hold, and ever more rarely where it comes and goes. Pure. */
import type { Channels, Occasion } from '../contract/notification.js';

/** A server that does not answer is told when it has been away for this long: most are back by then. */
export const STALLED_AFTER_MS = 5 * 60_000;
/** The same thing is told so often as soon as it comes to hold, then once in an hour at most. */
const AT_ONCE = 3;
const THEN_EVERY_MS = 60 * 60_000;
/** What has not come for so long begins anew. */
const FORGOTTEN_MS = 24 * 60 * 60_000;

/** What was told in a run. Plain JSON: it is carried through continue-as-new as it is. */
export interface Told {
  channels: Channels;
  /** Notifications so far, by which they are numbered. */
  count: number;
  /** What holds now and was told: `paused operator`. */
  holding: string[];
  /** When the wait for a server began, in milliseconds since 1970; absent: no server is waited for. */
  stalledSince?: number | undefined;
  /** What was told so far: how often, and when last. */
  times: Record<string, { times: number; at: number }>;
}

export function nothingTold(channels: Channels): Told {
  return { channels, count: 0, holding: [], times: {} };
}

/** How a run stands. */
export interface Standing {
  /** What an operator should know of, for as long as it holds; from a time on where there is one. */
  occasions: readonly (Occasion & { from?: number })[];
  /** A server is waited for. */
  isStalled: boolean;
}

/**
 * @param now milliseconds, like the other times
 * @returns what to tell now, and when to ask again although nothing has changed: Infinity where there is no need
 */
export function whatToTell(
  before: Told,
  { occasions, isStalled }: Standing,
  now: number,
): { told: Told; tell: Occasion[]; askAgainAt: number } {
  const stalledSince = isStalled ? (before.stalledSince ?? now) : undefined;
  const stalled =
    stalledSince === undefined ? [] : [{ ...STALLED, from: stalledSince + STALLED_AFTER_MS }];
  const times = { ...before.times };
  const tell: Occasion[] = [];
  const holding: string[] = [];
  let askAgainAt = Infinity;
  for (const { from = now, ...occasion } of [...occasions, ...stalled]) {
    const key = keyOf(occasion);
    if (!before.holding.includes(key)) {
      const dueAt = Math.max(from, nextTime(times[key], now));
      if (dueAt > now) {
        askAgainAt = Math.min(askAgainAt, dueAt);
        continue;
      }
      times[key] = { times: timesOf(times[key], now) + 1, at: now };
      tell.push(occasion);
    }
    holding.push(key);
  }
  const count = before.count + tell.length;
  const { channels } = before;
  return { told: { channels, count, holding, stalledSince, times }, tell, askAgainAt };
}

const STALLED = { what: 'stalled', reason: 'unavailable' } satisfies Occasion;

function keyOf({ what, reason }: Occasion): string {
  return `${what} ${reason}`;
}

type Times = Told['times'][string] | undefined;

function timesOf(last: Times, now: number): number {
  return !last || now - last.at >= FORGOTTEN_MS ? 0 : last.times;
}

function nextTime(last: Times, now: number): number {
  return timesOf(last, now) < AT_ONCE ? now : last!.at + THEN_EVERY_MS;
}
