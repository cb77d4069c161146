import { describe, expect, it } from 'vitest';
import { addPoint, MOST_POINTS, newSeries, type Series } from '../../../src/progress/series.js';

interface Done {
  at: number;
  done: number;
}

function seriesOf(times: number[]): Series<Done> {
  return times.reduce((series, at) => addPoint(series, { at, done: at * 2 }), newSeries<Done>());
}

describe('a series', () => {
  it('keeps every point while there are few', () => {
    expect(seriesOf([1, 5, 6]).points.map(({ at }) => at)).toEqual([1, 5, 6]);
  });

  it('never has more points than it may, and keeps the first and the last exactly', () => {
    for (const length of [240, 241, 242, 1000, 50_000]) {
      const { points } = seriesOf(Array.from({ length }, (_, i) => i * 10));
      expect(points.length, String(length)).toBeLessThanOrEqual(MOST_POINTS);
      expect(points.length).toBeGreaterThan(MOST_POINTS / 3);
      expect(points[0]).toEqual({ at: 0, done: 0 });
      expect(points.at(-1)).toEqual({ at: (length - 1) * 10, done: (length - 1) * 20 });
    }
  });

  it('is as fine at its beginning as at its end', () => {
    const { points } = seriesOf(Array.from({ length: 10_000 }, (_, i) => i * 10));
    const middle = points[Math.floor(points.length / 2)]!;
    expect(middle.at / 100_000).toBeGreaterThan(0.35);
    expect(middle.at / 100_000).toBeLessThan(0.65);
  });
});
