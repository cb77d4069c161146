import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INITIAL_LIMIT,
  recordWrite,
  type AdaptiveLimit,
} from '../../../src/flow-control/adaptive-limit.js';
import { Chance } from '../../support/chance.js';

/** Batches a second that Kratos takes with this number of them in flight. */
type Throughput = (inFlight: number) => number;

const CURVES = {
  'is best at 2': (n) => (n === 1 ? 8 : 10 * 0.9 ** (n - 2)),
  'is best at 1': (n) => 10 * 0.9 ** (n - 1),
  'gets no faster beyond 4': (n) => 5 * Math.min(n, 4),
  'gets no faster beyond 8': (n) => 5 * Math.min(n, 8),
  'gets no faster beyond 20': (n) => 5 * Math.min(n, 20),
  'gets faster with each': (n) => 5 * n,
  'is as fast with any number': () => 10,
} satisfies Record<string, Throughput>;

interface Simulation {
  /** The limit after each write. */
  limits: number[];
  /** The share of the time of the second half that each limit held. */
  shares: Map<number, number>;
  /** Writes a second in the second half. */
  rate: number;
}

/**
 * Starts a write as soon as there is room for one.
 * @param noise the share by which the time of a write may differ, each way
 */
function simulate(
  throughput: Throughput,
  { writes = 10_000, noise = 0, seed = 1 } = {},
): Simulation {
  const chance = new Chance(seed);
  const ends: number[] = [];
  const limits: number[] = [];
  const times = new Map<number, number>();
  let state: AdaptiveLimit = INITIAL_LIMIT;
  let now = 0;
  let half = 0;
  while (limits.length < writes) {
    const { limit } = state;
    while (ends.length < limit) {
      const spread = 1 + noise * (2 * chance.next() - 1);
      ends.push(now + ((1000 * limit) / throughput(limit)) * spread);
    }
    const end = Math.min(...ends);
    ends.splice(ends.indexOf(end), 1);
    if (limits.length >= writes / 2) times.set(limit, (times.get(limit) ?? 0) + end - now);
    else half = end;
    now = end;
    state = recordWrite(state, { rows: 100, isFull: true }, now);
    limits.push(state.limit);
  }
  const span = now - half;
  return {
    limits,
    shares: new Map([...times].map(([limit, time]) => [limit, time / span])),
    rate: (writes * 500) / span,
  };
}

/** The share of the time at the best limit and at its neighbours. */
function shareNear({ shares }: Simulation, best: number): number {
  const near = [best - 1, best, best + 1].map((limit) => shares.get(limit) ?? 0);
  return near.reduce((sum, share) => sum + share, 0);
}

/** The number of writes between the starts of trials, which are stays at another limit than the settled one. */
function gapsBetweenTrials(limits: number[], settled: number): number[] {
  const trials = limits.flatMap((limit, i) =>
    limit !== settled && limits[i - 1] === settled ? [i] : [],
  );
  return trials.slice(1).map((at, i) => at - trials[i]!);
}

const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const SETTLED = [
  ['is best at 2', 2],
  ['is best at 1', 1],
  ['gets no faster beyond 4', 4],
  ['gets no faster beyond 8', 8],
  ['gets no faster beyond 20', 20],
  ['gets faster with each', 50],
  ['is as fast with any number', 1],
] as const;

describe('the limit of writes at once', () => {
  it.each(SETTLED)('where Kratos %s, is nearly always %i or one more', (curve, best) => {
    const simulation = simulate(CURVES[curve]);
    const { shares } = simulation;
    expect((shares.get(best) ?? 0) + (shares.get(best + 1) ?? 0)).toBeGreaterThan(0.9);
    expect(simulation.rate).toBeGreaterThan(0.95 * CURVES[curve](best));
  });

  it.each([
    ['is best at 2', 2],
    ['is best at 1', 1],
    ['gets no faster beyond 4', 4],
    ['gets no faster beyond 8', 8],
  ] as const)(
    'where Kratos %s and each write takes up to a fifth more or less, is mostly within one of %i',
    (curve, best) => {
      fc.assert(
        fc.property(seed, (from) => {
          const simulation = simulate(CURVES[curve], { noise: 0.2, seed: from });
          expect(shareNear(simulation, best)).toBeGreaterThan(0.5);
          expect(simulation.rate).toBeGreaterThan(0.85 * CURVES[curve](best));
        }),
        { numRuns: 30, seed: 7 },
      );
    },
  );

  it('does not stay low with a Kratos that takes many, however uneven the writes are', () => {
    const gains = Array.from({ length: 31 }, (_, from) => {
      return simulate(CURVES['gets faster with each'], { noise: 0.2, seed: from }).rate / 5;
    });
    const sorted = gains.toSorted((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThan(10);
    expect(sorted[15]).toBeGreaterThan(30);
  });

  it('is 1 to 50 whatever the writes bring, and whenever they end', () => {
    const write = fc.record({
      rows: fc.integer({ min: 1, max: 1000 }),
      isFull: fc.boolean(),
      afterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 10_000, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 2000, size: 'max' }), (writes) => {
        let state: AdaptiveLimit = INITIAL_LIMIT;
        let now = 1e12;
        const limits = writes.map(({ afterMs, ...ended }) => {
          state = recordWrite(state, ended, (now += afterMs));
          return state.limit;
        });
        expect(limits.filter((limit) => !(Number.isInteger(limit) && limit >= 1))).toEqual([]);
        expect(limits.filter((limit) => limit > 50)).toEqual([]);
      }),
    );
  });

  it('reaches 50 and never goes beyond, and reaches 1', () => {
    const { limits } = simulate(CURVES['gets faster with each']);
    expect(Math.max(...limits)).toBe(50);
    expect(Math.min(...simulate(CURVES['is best at 1']).limits)).toBe(1);
  });

  it('reaches what a large Kratos takes in few steps', () => {
    const { limits } = simulate(CURVES['gets faster with each'], { writes: 100 });
    expect(limits[30]).toBeGreaterThanOrEqual(8);
    expect(limits.at(-1)).toBeGreaterThanOrEqual(16);
  });

  it('returns after a trial that does not pay, and is tried in both directions', () => {
    const { limits } = simulate(CURVES['is best at 2'], { writes: 500 });
    const turns = limits.filter((limit, i) => limit !== limits[i - 1]);
    expect(turns.length).toBeGreaterThan(8);
    for (const [i, limit] of turns.entries()) {
      if (limit !== 2) expect([limit, turns[i + 1] ?? 2]).toEqual([limit, 2]);
    }
    expect(new Set(turns)).toEqual(new Set([1, 2, 3, 4]));
  });

  it('is first doubled on trial, then raised by one, and lowered by one only after many writes', () => {
    const { limits } = simulate(CURVES['is best at 2'], { writes: 500 });
    const trials = limits.filter((limit, i) => limit !== 2 && limit !== limits[i - 1]);
    expect(trials.slice(0, 4)).toEqual([4, 3, 1, 3]);
    // An import of 20,000 rows, whose chunks are of 500, is over by then.
    expect(limits.indexOf(1)).toBeGreaterThan(40);
  });

  const TRIED_BOTH_WAYS = SETTLED.filter(([, best]) => best < 20);
  it.each(TRIED_BOTH_WAYS)(
    'where Kratos %s, is tried at another value than %i ever more rarely',
    (curve, best) => {
      const { limits } = simulate(CURVES[curve]);
      const settledAt = limits.indexOf(best);
      const gaps = gapsBetweenTrials(limits.slice(settledAt), best);
      expect(gaps.length).toBeGreaterThan(4);
      expect(gaps.at(-1)).toBeGreaterThan(3 * gaps[0]!);
      // The cooldown of 64 windows, of two writes a slot, is the longest.
      expect(gaps.at(-1)).toBeGreaterThanOrEqual(64 * 2 * best);
      expect(gaps.at(-1)).toBeLessThan(64 * 2 * best + 10 * (best + 1));
    },
  );

  it('changes when Kratos does: a limit that has become too high is given up', () => {
    const chance = new Chance(3);
    const before = CURVES['gets no faster beyond 8'];
    const after = CURVES['is best at 2'];
    let changed = false;
    const at: Throughput = (n) => (changed ? after(n) : before(n));
    let calls = 0;
    const { limits } = simulate((n) => {
      changed = ++calls > 5000;
      return at(n) * (1 + 0.02 * chance.next());
    });
    expect(limits[4000]).toBe(8);
    expect(limits.at(-1)).toBe(2);
  });
});

describe('a write that ends with no other waiting', () => {
  const state = fc.record({
    limit: fc.integer({ min: 1, max: 50 }),
    writesASlot: fc.integer({ min: 1, max: 200 }),
    cooldown: fc.integer({ min: 0, max: 64 }),
    nextCooldown: fc.constantFrom(4, 8, 16, 32, 64),
    step: fc.constantFrom<1 | -1>(1, -1),
  });

  it('changes nothing but discards the current measurement', () => {
    const rows = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(state, rows, fc.integer({ min: 0, max: 99 }), (limit, many, writes) => {
        const window = { since: 1000, writes, rows: 100 * writes };
        const ended = { rows: many, isFull: false };
        expect(recordWrite({ ...limit, window }, ended, 2000)).toEqual(limit);
        expect(recordWrite(limit, ended, 2000)).toEqual(limit);
      }),
    );
  });

  it('leaves the limit as it was, however many such writes there are', () => {
    let limit: AdaptiveLimit = INITIAL_LIMIT;
    for (let now = 0; now < 100_000; now += 100) {
      limit = recordWrite(limit, { rows: 100, isFull: false }, now);
    }
    expect(limit).toEqual(INITIAL_LIMIT);
  });

  it('keeps the time without waiting writes out of the measurement', () => {
    const full = { rows: 100, isFull: true };
    let quiet: AdaptiveLimit = INITIAL_LIMIT;
    let steady: AdaptiveLimit = INITIAL_LIMIT;
    for (const now of [0, 100]) quiet = recordWrite(quiet, full, now);
    quiet = recordWrite(quiet, { rows: 100, isFull: false }, 1_000_000);
    for (let i = 0; i <= 4; i++) {
      quiet = recordWrite(quiet, full, 2_000_000 + 100 * i);
      steady = recordWrite(steady, full, 100 * i);
    }
    expect(quiet.baseline).toEqual(steady.baseline);
    expect(steady.baseline).toEqual({ limit: 2, rate: 1000 });
  });
});
