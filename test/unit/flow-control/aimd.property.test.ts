import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currentLimit,
  increase,
  NO_LIMIT,
  decrease,
  type AimdLimit,
} from '../../../src/flow-control/aimd.js';

const concurrency = fc.integer({ min: 1, max: 50 });

/** What can happen to a running import, each event some time after the one before. */
const events = fc.array(
  fc.record({
    what: fc.constantFrom('asked for less', 'chunk done', 'chunk done', 'operator'),
    afterMs: fc.integer({ min: 0, max: 20_000 }),
    concurrency,
  }),
  { maxLength: 200 },
);

interface Running {
  limit: AimdLimit;
  concurrency: number;
  now: number;
}

function happen(running: Running, event: { what: string; afterMs: number; concurrency: number }) {
  running.now += event.afterMs;
  if (event.what === 'operator') running.concurrency = event.concurrency;
  else if (event.what === 'chunk done')
    running.limit = increase(running.limit, running.concurrency);
  else running.limit = decrease(running.limit, running.concurrency, running.now);
  return currentLimit(running.limit, running.concurrency);
}

const begin = (wanted: number): Running => ({ limit: NO_LIMIT, concurrency: wanted, now: 1e12 });

describe('whatever happens to an import', () => {
  it('between one chunk and as many as the operator wants may be in flight', () => {
    fc.assert(
      fc.property(concurrency, events, (wanted, happenings) => {
        const running = begin(wanted);
        for (const event of happenings) {
          const allowed = happen(running, event);
          expect(allowed).toBeGreaterThanOrEqual(1);
          expect(allowed).toBeLessThanOrEqual(running.concurrency);
          expect(Number.isInteger(allowed)).toBe(true);
        }
      }),
    );
  });

  it('a request for less never raises the limit, and a chunk that is done never lowers it', () => {
    fc.assert(
      fc.property(concurrency, events, (wanted, happenings) => {
        const running = begin(wanted);
        for (const event of happenings) {
          const before = currentLimit(running.limit, running.concurrency);
          const after = happen(running, event);
          if (event.what === 'asked for less') expect(after).toBeLessThanOrEqual(before);
          if (event.what === 'chunk done') expect(after).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });

  it('the operator’s setting is reached again once Kratos no longer asks for less', () => {
    fc.assert(
      fc.property(concurrency, events, (wanted, happenings) => {
        const running = begin(wanted);
        for (const event of happenings) happen(running, event);
        // At most 64 chunks for each step, and 64 more until nothing is remembered.
        for (let chunks = 0; chunks < 64 * running.concurrency; chunks++) {
          running.limit = increase(running.limit, running.concurrency);
        }
        expect(currentLimit(running.limit, running.concurrency)).toBe(running.concurrency);
        for (let chunks = 0; chunks < 64; chunks++) {
          running.limit = increase(running.limit, running.concurrency);
        }
        expect(running.limit).toEqual(NO_LIMIT);
      }),
    );
  });

  it('a server that takes one chunk at a time is tried with two ever more rarely', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), (wanted) => {
        const running = begin(wanted);
        const tries: number[] = [];
        for (let chunk = 0; chunk < 2000; chunk++) {
          running.now += 5000;
          const tooMany = currentLimit(running.limit, running.concurrency) > 1;
          if (tooMany) tries.push(chunk);
          running.limit = tooMany
            ? decrease(running.limit, running.concurrency, running.now)
            : increase(running.limit, running.concurrency);
        }
        const gaps = tries.slice(1).map((chunk, i) => chunk - tries[i]!);
        expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
        expect(gaps.at(-1)).toBeGreaterThanOrEqual(64);
        // Halvings at the start, doublings of the wait, and then one in 64 chunks.
        expect(tries.length).toBeLessThanOrEqual(6 + 6 + 2000 / 64);
      }),
    );
  });
});
