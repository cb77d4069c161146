import { describe, expect, it } from 'vitest';
import { formatSeconds } from '../../../src/format.js';
import {
  addSample,
  etaSeconds,
  ratePerSecond,
  type RateSample,
} from '../../../src/progress/rate.js';

const MINUTE = 60_000;

/** Samples added one after the other, `done` growing by `perMinute` each minute. */
function samples(count: number, everyMs: number, done: (at: number) => number): RateSample[] {
  let all: RateSample[] = [];
  for (let i = 0; i < count; i++)
    all = addSample(all, { at: i * everyMs, done: done(i * everyMs) });
  return all;
}

describe('the rate', () => {
  it('is not known before two chunks have finished at different times', () => {
    expect(ratePerSecond([])).toBeNull();
    expect(ratePerSecond(samples(1, 0, () => 500))).toBeNull();
    expect(ratePerSecond(samples(2, 0, () => 500))).toBeNull();
  });

  it('is that of the last minute, not of all the time', () => {
    const slowThenFast = (at: number) =>
      at <= 10 * MINUTE ? at / 1000 : 600 + ((at - 10 * MINUTE) * 50) / 1000;
    expect(ratePerSecond(samples(61, 10_000, slowThenFast))).toBe(1);
    expect(ratePerSecond(samples(68, 10_000, slowThenFast))).toBe(50);
  });

  it('counts from the last chunk before the window when chunks take longer than it', () => {
    expect(ratePerSecond(samples(5, 3 * MINUTE, (at) => at / 100))).toBe(10);
  });

  it('keeps no more samples than a minute has', () => {
    expect(samples(10_000, 1000, (at) => at).length).toBeLessThanOrEqual(62);
  });
});

describe('the time to go', () => {
  it.each([
    [null, 100, null],
    [0, 100, null],
    [10, 100, 10],
    [3, 100, 34],
    [0.5, 1, 2],
    [10, 0, 0],
  ])('at %s rows a second for %i rows is %s seconds', (rate, remaining, seconds) => {
    expect(etaSeconds(rate, remaining)).toBe(seconds);
  });

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min 0 s'],
    [130, '2 min 10 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 0 min'],
    [11_130, '3 h 5 min'],
    [360_000, '100 h 0 min'],
  ])('of %i seconds is said as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
