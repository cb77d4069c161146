import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptEnded,
  attemptStarted,
  intervalMs,
  leadMs,
  mailsAStep,
  mailsEnded,
  newPace,
  nextSlot,
  nextSlots,
  rateChanged,
  STEP_LEAD_MS,
  STEPS_OF_ONE,
  stepStarted,
  type EndedAgo,
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

/** What happens to a step: when its worker begins, how each of its mails goes, and when the workflow hears of it. */
interface Step {
  /** So many fewer mails than it may carry. */
  fewer: number;
  beginsAfter: number;
  mails: Attempt[];
  /** From its last end to the answer, and from there to the workflow. */
  answersAfter: number;
  heardAfter: number;
  /** No answer comes; the workflow knows it so much later. */
  lostFor?: number | undefined;
  /** Only so many of its mails are begun. */
  begun: number;
  /** The rate from when it is started on. */
  perMinute?: number | undefined;
}

/** @returns the times of all mails, with the rate that held when each step was started */
function runSteps(steps: Step[], first: number, late: number[]) {
  const start = 1_000_000_007;
  let now = start;
  let perMinute = first;
  let pace = newPace(now);
  let inFlight = 0;
  let heard: { at: number; mails: number; ago: EndedAgo }[] = [];
  const sent: { at: number; perMinute: number }[] = [];
  const sizes: number[] = [];
  const passTo = (time: number): void => {
    for (const { at, mails, ago } of heard.filter((each) => each.at <= time).sort(byTime)) {
      pace = mailsEnded(pace, ago, at);
      inFlight -= mails;
    }
    heard = heard.filter(({ at }) => at > time);
    now = time;
  };
  for (const [i, step] of steps.entries()) {
    if (step.perMinute !== undefined && step.perMinute !== perMinute) {
      perMinute = step.perMinute;
      pace = rateChanged(pace, perMinute, now);
    }
    const most = Math.max(1, mailsAStep(perMinute) - step.fewer);
    const slotNow = () => nextSlot(pace, perMinute, inFlight, now);
    for (let at; (at = slotNow() - STEP_LEAD_MS) > now;) {
      passTo(Math.min(at + late[i % late.length]!, ...heard.map((each) => each.at)));
    }
    const slots = nextSlots(pace, perMinute, { inFlight, now: slotNow(), most });
    pace = stepStarted(pace, perMinute, slots);
    inFlight += slots.count;
    sizes.push(slots.count);
    const ends: number[] = [];
    for (let mail = 0; mail < Math.min(slots.count, step.begun); mail++) {
      const { sentAfter, endedAfter } = step.mails[mail % step.mails.length]!;
      const slot = slots.at + mail * slots.everyMs;
      const at = slot + step.beginsAfter + sentAfter;
      sent.push({ at, perMinute });
      ends.push(at + endedAfter);
    }
    const answered = Math.max(now + step.beginsAfter, ...ends) + step.answersAfter;
    const at = answered + (step.lostFor ?? step.heardAfter);
    const ago = ends.map((end): [number, number] => [Math.floor((answered - end) / 50) * 50, 1]);
    const lost: EndedAgo = [[0, slots.count]];
    heard.push({ at, mails: slots.count, ago: step.lostFor === undefined ? ago : lost });
  }
  return { sent: sent.sort(byTime), sizes };
}

function byTime(a: { at: number }, b: { at: number }): number {
  return a.at - b.at;
}

const highRate = fc.integer({ min: STEPS_OF_ONE + 1, max: 3000 });

function stepsOf(
  mail: fc.Arbitrary<Attempt>,
  more: Partial<Record<keyof Step, fc.Arbitrary<unknown>>>,
) {
  return fc.record({
    fewer: fc.constantFrom(0, 0, 0, 5, 50),
    beginsAfter: fc.integer({ min: 0, max: 30 }),
    mails: fc.array(mail, { minLength: 1, maxLength: 30 }),
    answersAfter: fc.integer({ min: 0, max: 20 }),
    heardAfter: fc.integer({ min: 0, max: 30 }),
    begun: fc.constant(Infinity),
    ...more,
  }) as fc.Arbitrary<Step>;
}

describe('the pace of steps of many mails', () => {
  it('never puts more than the rate into any 60 seconds, whatever becomes of steps', () => {
    const hard = stepsOf(
      fc.oneof({ weight: 9, arbitrary: quick }, { weight: 1, arbitrary: slow }),
      {
        beginsAfter: fc.oneof(
          fc.integer({ min: 0, max: 100 }),
          fc.integer({ min: 0, max: 10_000 }),
        ),
        answersAfter: fc.integer({ min: 0, max: 2000 }),
        heardAfter: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 30_000 })),
        lostFor: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined, freq: 5 }),
        begun: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 100 })),
      },
    );
    const steps = fc.array(hard, { minLength: 40, maxLength: 120 });
    fc.assert(
      fc.property(steps, late, highRate, (all, timers, perMinute) => {
        const { sent } = runSteps(all, perMinute, timers);
        expect(mostInAMinute(sent.map(({ at }) => at))).toBeLessThanOrEqual(perMinute);
      }),
      { numRuns: 100 },
    );
  });

  it('gives each mail of a step a slot at which it fits among all that may share its 60 seconds', () => {
    const now = 1_000_000_000;
    const agos = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 62_000 }), fc.integer({ min: 1, max: 150 })),
      { minLength: 10, maxLength: 30 },
    );
    const inFlights = fc.integer({ min: 0, max: 300 });
    // About as many as the rate allows, so that it is what decides.
    const room = fc.integer({ min: -200, max: 60 });
    fc.assert(
      fc.property(agos, inFlights, room, (ago, inFlight, more) => {
        const mails = ago.reduce((sum, [, count]) => sum + count, inFlight);
        const perMinute = Math.max(STEPS_OF_ONE + 1, mails + more);
        const pace = mailsEnded(newPace(now), ago, now);
        const most = mailsAStep(perMinute);
        const { at, everyMs, count } = nextSlots(pace, perMinute, { inFlight, now, most });
        for (let mail = 1; mail <= count && at < Infinity; mail++) {
          const slot = at + (mail - 1) * everyMs;
          const shared = ago.filter(([ms]) => now - ms > slot - 60_000);
          const others = inFlight + shared.reduce((sum, [, count]) => sum + count, 0);
          expect(others + mail).toBeLessThanOrEqual(perMinute);
        }
      }),
    );
  });

  it('holds each rate for the mails that are started under it and those before', () => {
    const changing = stepsOf(quick, {
      perMinute: fc.option(fc.oneof(highRate, fc.integer({ min: 1, max: 300 })), {
        nil: undefined,
        freq: 3,
      }),
    });
    fc.assert(
      fc.property(
        fc.array(changing, { minLength: 40, maxLength: 120 }),
        highRate,
        (all, perMinute) => {
          const { sent } = runSteps(all, perMinute, [0]);
          for (const [i, { at, perMinute: rate }] of sent.entries()) {
            // Mails under a higher rate than this one's may be later than it, never as early as a minute before.
            const before = sent.slice(0, i + 1).filter((mail) => mail.at > at - 60_000);
            const after = before.filter((mail) => mail.perMinute !== rate).length;
            if (after === 0) expect(before.length).toBeLessThanOrEqual(rate);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps the rate within three in a hundred, evenly, in steps as large as they may be', () => {
    fc.assert(
      fc.property(
        fc.array(stepsOf(quick, { fewer: fc.constant(0) }), { minLength: 80, maxLength: 120 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 50 }),
        highRate,
        (all, timers, perMinute) => {
          const { sent, sizes } = runSteps(all, perMinute, timers);
          const span = sent.at(-1)!.at - sent[0]!.at;
          const mean = ((sent.length - 1) * 60_000) / span;
          expect(mean).toBeGreaterThan(perMinute * 0.97);
          expect(mean).toBeLessThan(perMinute * (1 + 1000 / span));
          // A single one that is started before the last one's end is heard may be small.
          const size = sent.length / sizes.length;
          expect(size).toBeGreaterThan(mailsAStep(perMinute) * 0.98);
          const gaps = sent.slice(1).map(({ at }, i) => at - sent[i]!.at);
          expect(Math.max(...gaps)).toBeLessThan(intervalMs(perMinute) + 900);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('carries the mails of a second or two', () => {
    expect([60, STEPS_OF_ONE].map(mailsAStep)).toEqual([1, 1]);
    expect(mailsAStep(1200)).toBe(38);
    expect(mailsAStep(3000)).toBe(98);
    expect(mailsAStep(60_000)).toBe(987);
  });

  it('has no slot at the end of the window or after it', () => {
    const pace = newPace(0);
    const slots = nextSlots(pace, 3000, { inFlight: 0, now: 0, most: 98, before: 500 });
    expect(slots.at + (slots.count - 1) * slots.everyMs).toBeLessThan(500);
    expect(slots.count).toBe(25);
    expect(nextSlots(pace, 3000, { inFlight: 0, now: 0, most: 98, before: 1 }).count).toBe(1);
  });
});

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
