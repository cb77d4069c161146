import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isShut,
  mailRefused,
  mailTaken,
  NO_PACE,
  type LearnedPace,
} from '../../../src/flow-control/learned-pace.js';

const START = 1_700_000_000_000;
const MINUTE = 60_000;

/** Whether a server takes a mail at this time. */
type Server = (now: number) => boolean;

/** Mails go into a bucket that empties evenly, as at Amazon SES. */
function evenServer(perMinute: number): Server {
  const most = Math.max(1, perMinute / 60);
  let level = 0;
  let last = START;
  return (now) => {
    level = Math.max(0, level - ((now - last) * perMinute) / MINUTE);
    last = now;
    if (level + 1 > most) return false;
    level++;
    return true;
  };
}

/** So many mails in each minute by the clock, as Postfix counts them. */
function minuteServer(perMinute: number): Server {
  let minute = 0;
  let count = 0;
  return (now) => {
    const current = Math.floor(now / MINUTE);
    if (current !== minute) count = 0;
    minute = current;
    return ++count <= perMinute;
  };
}

interface Sent {
  taken: number;
  refused: number;
  pace: LearnedPace;
}

/** Sends evenly at the learned pace, or waits a while where the server is shut; returns what came of each minute. */
function send(server: Server, asked: number, minutes: number): Sent[] {
  let pace: LearnedPace = NO_PACE;
  const perMinute: Sent[] = [];
  let now = START;
  for (let minute = 1; minute <= minutes; minute++) {
    const sent = { taken: 0, refused: 0 };
    while (now < START + minute * MINUTE) {
      if (server(now)) {
        sent.taken++;
        pace = mailTaken(pace, now);
      } else {
        sent.refused++;
        pace = mailRefused(pace, now);
      }
      now += isShut(pace) ? 5000 : MINUTE / Math.min(asked, pace.perMinute ?? Infinity);
    }
    perMinute.push({ ...sent, pace });
  }
  return perMinute;
}

const sum = (sent: Sent[], of: 'taken' | 'refused'): number =>
  sent.reduce((total, each) => total + each[of], 0);

describe('the learned pace', () => {
  it('comes close to what a server takes, whatever is asked, and few mails are refused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 3000 }),
        fc.integer({ min: 2, max: 60 }),
        (limit, times) => {
          const sent = send(evenServer(limit), Math.min(limit * times, 60_000), 20).slice(5);
          expect(sum(sent, 'taken') / 15).toBeGreaterThan(0.5 * limit);
          expect(sum(sent, 'refused')).toBeLessThan(0.25 * sum(sent, 'taken'));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does so with a server that counts minutes by the clock', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 600 }),
        fc.integer({ min: 2, max: 20 }),
        (limit, times) => {
          const sent = send(minuteServer(limit), limit * times, 30).slice(10);
          expect(sum(sent, 'taken') / 20).toBeGreaterThan(0.5 * limit);
          expect(sum(sent, 'refused')).toBeLessThan(0.25 * sum(sent, 'taken'));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is none where the server takes what is asked, or refuses one of twenty', () => {
    expect(send(evenServer(1000), 900, 5).at(-1)?.pace.perMinute).toBeUndefined();
    let mails = 0;
    const fickle = send(() => ++mails % 20 !== 0, 600, 5);
    expect(fickle.at(-1)?.pace.perMinute).toBeUndefined();
  });

  it('is forgotten once the limit is gone', () => {
    const limited = evenServer(300);
    const sent = send((now) => now > START + 5 * MINUTE || limited(now), 3000, 15);
    expect(sent[4]!.pace.perMinute).toBeLessThan(400);
    expect(sent.at(-1)!.taken).toBe(3000);
  });

  it('is not lowered further by a server that takes nothing at all', () => {
    const sent = send((now) => now < START + MINUTE, 600, 5);
    const [before, ...after] = sent.map(({ pace: { perMinute } }) => perMinute);
    expect(before).toBeUndefined();
    expect(new Set(after)).toEqual(new Set([302]));
  });

  it('is measured anew after a pause, not over it', () => {
    let pace: LearnedPace = NO_PACE;
    for (let now = START; now < START + MINUTE; now += 100) pace = mailTaken(pace, now);
    const later = START + 60 * MINUTE;
    for (let now = later; now < later + 2000; now += 100) pace = mailTaken(pace, now);
    for (let i = 0; i < 20; i++) pace = mailRefused(pace, later + 2000 + i);
    expect(pace.perMinute).toBeGreaterThan(200);
    expect(pace.perMinute).toBeLessThan(700);
  });

  it('is lowered once by the answers to many mails that come together, in whatever order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(100).keys()], { minLength: 100 }), (order) => {
        let pace: LearnedPace = NO_PACE;
        for (const time of [0, 1000, 2000]) {
          for (const each of order) {
            const isTaken = time < 2000 || each < 40;
            pace = (isTaken ? mailTaken : mailRefused)(pace, START + time);
          }
        }
        expect(pace.perMinute).toBeGreaterThanOrEqual(1500);
        expect(pace.perMinute).toBeLessThanOrEqual(4500);
      }),
    );
  });
});
