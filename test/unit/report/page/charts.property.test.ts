import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeLabels } from '../../../../src/report/page/charts.js';

const START = Date.parse('2026-11-02T09:00:00Z');
const YEAR_S = 365 * 24 * 3600;

describe('the labels of the times below a chart', () => {
  it('never touch each other or the edge, however long the run took', () => {
    const sizes = fc.constantFrom(
      { left: 90, right: 340, most: 4 },
      { left: 20, right: 760, most: 8 },
    );
    fc.assert(
      fc.property(
        sizes,
        fc.nat(YEAR_S),
        fc.integer({ min: 2, max: YEAR_S }),
        (size, start, length) => {
          const [from, to] = [START + start * 1000, START + (start + length) * 1000];
          const x = (at: number) =>
            size.left + ((at - from) / (to - from)) * (size.right - 16 - size.left);
          const labels = timeLabels({ from, to, right: size.right }, size.most, x);
          const ends = labels.map(
            ({ middle, width }) => [middle - width / 2, middle + width / 2] as const,
          );
          ends.forEach(([left, right], i) => {
            expect(left).toBeGreaterThanOrEqual(i === 0 ? 0 : ends[i - 1]![1] + 1);
            expect(right).toBeLessThanOrEqual(size.right);
          });
        },
      ),
    );
  });
});
