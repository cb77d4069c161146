import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeTicks, valueTicks } from '../../../../src/report/page/ticks.js';

describe('values', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [2.2, [0, 1, 2, 3]],
    [118, [0, 30, 60, 90, 120]],
    [4_790, [0, 1_000, 2_000, 3_000, 4_000, 5_000]],
    [1_475_000, [0, 300_000, 600_000, 900_000, 1_200_000, 1_500_000]],
  ])('up to %d have round steps', (highest, ticks) => {
    expect(valueTicks(highest, 5)).toEqual(ticks);
  });

  it('are whole numbers, few, and reach the highest one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (highest) => {
        const ticks = valueTicks(highest, 5);
        expect(ticks.every(Number.isInteger)).toBe(true);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest);
        expect(ticks.at(-2)).toBeLessThanOrEqual(highest);
      }),
    );
  });
});

describe('times', () => {
  const START = Date.parse('2026-11-02T09:00:00Z');
  const HOUR = 3600;
  const labels = (from: number, to: number, most = 8) =>
    timeTicks(START + from * 1000, START + to * 1000, most).map(({ label }) => label);

  it.each([
    ['seconds', 0, 4.1, ['09:00:00', '09:00:01', '09:00:02', '09:00:03', '09:00:04']],
    ['minutes', 110, 700, ['09:02', '09:04', '09:06', '09:08', '09:10']],
    ['hours', 100, 7 * HOUR, ['10:00', '11:00', '12:00', '13:00', '14:00', '15:00', '16:00']],
    [
      'half days',
      HOUR,
      60 * HOUR,
      ['2 Nov 12:00', '3 Nov 00:00', '3 Nov 12:00', '4 Nov 00:00', '4 Nov 12:00'],
    ],
    ['days', 0, 100 * HOUR, ['3 Nov', '4 Nov', '5 Nov', '6 Nov']],
  ])('in %s are round', (_steps, from, to, expected) => {
    expect(labels(from, to)).toEqual(expected);
  });

  it('are between the first and the last, and no more than there is room for', () => {
    const year = 365 * 24 * HOUR;
    fc.assert(
      fc.property(fc.nat(year), fc.integer({ min: 2, max: year }), (from, length) => {
        const ticks = timeTicks(START + from * 1000, START + (from + length) * 1000, 3);
        expect(ticks.length).toBeLessThanOrEqual(4);
        for (const { at } of ticks) {
          expect(at).toBeGreaterThanOrEqual(START + from * 1000);
          expect(at).toBeLessThanOrEqual(START + (from + length) * 1000);
        }
      }),
    );
  });
});
