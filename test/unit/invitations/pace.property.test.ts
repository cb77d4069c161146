import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptEnded,
  attemptStarted,
  intervalMs,
  leadMs,
  newPace,
  nextSlot,
  rateChanged,
  type MailPace,
} from '../../../src/invitations/pace.js';

/** The times of an attempt: from its slot to its mail, and from its mail to its known end. */
interface Attempt {
  sentAfter: number;
  endedAfter: number;
}

/**
 * Starts the attempts, each as soon as the pace allows.
 * @param late how late each timer is, in turn
 */
function run(attempts: Attempt[], perMinute: number, late: number[] = [0]): number[] {
  let now = 1_000_000_007;
  let pace: MailPace = newPace(now);
  let ends: number[] = [];
  const sent: number[] = [];
  const passTo = (time: number): void => {
    for (const end of ends.filter((at) => at <= time).sort((a, b) => a - b)) {
      pace = attemptEnded(pace, end);
    }
    ends = ends.filter((at) => at > time);
    now = time;
  };
  for (const [i, { sentAfter, endedAfter }] of attempts.entries()) {
    const slotNow = () => nextSlot(pace, perMinute, ends.length, now);
    for (let at; (at = slotNow() - leadMs(perMinute)) > now;) {
      passTo(Math.min(at + late[i % late.length]!, ...ends));
    }
    const slot = slotNow();
    pace = attemptStarted(pace, perMinute, slot);
    sent.push(slot + sentAfter);
    ends.push(slot + sentAfter + endedAfter);
  }
  return sent.sort((a, b) => a - b);
}

/** The most of these times that fall into any 60 seconds. */
function mostInAMinute(times: number[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const quick = fc.record({
  sentAfter: fc.integer({ min: 0, max: 400 }),
  endedAfter: fc.integer({ min: 0, max: 100 }),
});
const slow = fc.record({
  sentAfter: fc.integer({ min: 0, max: 90_000 }),
  endedAfter: fc.integer({ min: 0, max: 30_000 }),
});
/** Temporal's timers come up to a second late. */
const late = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 50 });
const attempts = fc.array(
  fc.oneof({ weight: 9, arbitrary: quick }, { weight: 1, arbitrary: slow }),
  {
    minLength: 100,
    maxLength: 400,
  },
);

describe('the pace of the mails', () => {
  it('never puts more than the rate into any 60 seconds, however late mails go out', () => {
    fc.assert(
      fc.property(attempts, late, fc.integer({ min: 1, max: 200 }), (all, timers, perMinute) => {
        expect(mostInAMinute(run(all, perMinute, timers))).toBeLessThanOrEqual(perMinute);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the rate within two in a hundred, evenly, while mails go out quickly, however late timers are', () => {
    fc.assert(
      fc.property(
        fc.array(quick, { minLength: 200, maxLength: 300 }),
        late,
        fc.integer({ min: 1, max: 2000 }),
        (all, timers, perMinute) => {
          const sent = run(all, perMinute, timers);
          const span = sent.at(-1)! - sent[0]!;
          const mean = ((sent.length - 1) * 60_000) / span;
          const slack = 1 + 1000 / span;
          expect(mean).toBeGreaterThan((perMinute * 0.98) / slack);
          expect(mean).toBeLessThan(perMinute * slack);
          const gaps = sent.slice(1).map((at, i) => at - sent[i]!);
          expect(Math.max(...gaps)).toBeLessThan(intervalMs(perMinute) + 800);
        },
      ),
    );
  });

  it('makes up for what a busy machine has lost, without a burst, and begins anew after a stop', () => {
    const startsAfter = (late: number): number[] => {
      let pace = attemptStarted(newPace(0), 120, 0);
      const starts: number[] = [];
      for (let now = 506 + late; starts.length < 20; now = nextSlot(pace, 120, 0, now)) {
        pace = attemptStarted(pace, 120, now);
        starts.push(now);
      }
      return starts;
    };
    const lastOf = (late: number): number => startsAfter(late).at(-1)!;
    expect(lastOf(900)).toBe(lastOf(0));
    for (const late of [2500, 12_000]) expect(lastOf(late)).toBeCloseTo(lastOf(0) + late, -2);
    for (const late of [0, 700, 900, 2500, 12_000]) {
      const starts = startsAfter(late);
      const gaps = starts.slice(1).map((at, i) => at - starts[i]!);
      expect(Math.min(...gaps)).toBeGreaterThan(250);
    }
  });

  it('holds a lower rate from the moment in which it is set', () => {
    let pace = newPace(0);
    for (let now = 0; now < 30_000; now += 500) {
      pace = attemptEnded(attemptStarted(pace, 120, now), now);
    }
    // 60 have gone out in the last 60 seconds: with 30 a minute, half of them have to be that long ago first.
    const at = nextSlot(pace, 30, 0, 30_000);
    expect(at).toBeGreaterThanOrEqual(60_000 + 15_000);
    expect(at).toBeLessThan(60_000 + 17_000);
  });

  it('holds a higher rate at once', () => {
    const waiting = attemptEnded(attemptStarted(newPace(0), 1, 0), 100);
    expect(nextSlot(waiting, 1, 0, 100)).toBeGreaterThan(60_000);
    expect(nextSlot(rateChanged(waiting, 60, 100), 60, 0, 100)).toBeLessThan(1200);
  });

  it('waits for the mails in flight when they are as many as may go out', () => {
    expect(nextSlot(newPace(0), 3, 3, 0)).toBe(Infinity);
    expect(nextSlot(newPace(0), 3, 2, 0)).toBe(0);
  });

  it('keeps little to be carried along, at any rate', () => {
    let pace = newPace(0);
    for (let now = 0; now < 120_000; now += 5) {
      pace = attemptEnded(attemptStarted(pace, 60_000, now), now);
    }
    expect(JSON.stringify(pace).length).toBeLessThan(4000);
  });
});
