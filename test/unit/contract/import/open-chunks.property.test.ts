import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  complementOf,
  openRanges,
  type Portion,
} from '../../../../src/contract/import/open-chunks.js';

const numbersIn = (ranges: Portion[]) =>
  ranges.flatMap(({ chunk, chunks }) => Array.from({ length: chunks }, (_, i) => chunk + i));

const plans = fc
  .record({
    open: fc.array(fc.boolean(), { maxLength: 60 }),
    canary: fc.nat({ max: 5 }),
    most: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ open, canary, most }) => ({
    // None of the canary rows is left out.
    chunks: open.map((isOpen, i) => ({ number: i + 1, isOpen: isOpen || i < canary })),
    canary: Math.min(canary, open.length),
    most,
  }));

describe('the ranges of open chunks', () => {
  it('cover every open chunk once, in order, and never cross the last of the canary chunks', () => {
    fc.assert(
      fc.property(plans, ({ chunks, canary, most }) => {
        const ranges = openRanges(chunks, canary, most);
        const covered = numbersIn(ranges);
        expect(covered).toEqual([...new Set(covered)].sort((a, b) => a - b));
        const open = chunks.flatMap(({ number, isOpen }) => (isOpen ? number : []));
        expect(covered).toEqual(expect.arrayContaining(open));
        for (const { chunk, chunks: count } of ranges) {
          const crosses = chunk <= canary && chunk + count - 1 > canary;
          expect(crosses).toBe(false);
        }
        // Canary chunks are a range of their own.
        expect(ranges.length).toBeLessThanOrEqual(Math.max(most, canary > 0 ? 2 : 1));
      }),
    );
  });

  it('have nothing but open chunks where they are few enough', () => {
    fc.assert(
      fc.property(plans, ({ chunks, canary }) => {
        const open = chunks.flatMap(({ number, isOpen }) => (isOpen ? number : []));
        expect(numbersIn(openRanges(chunks, canary, 100))).toEqual(open);
      }),
    );
  });

  it('leave out, with what they cover, every chunk of the file', () => {
    fc.assert(
      fc.property(plans, ({ chunks, canary, most }) => {
        const ranges = openRanges(chunks, canary, most);
        const others = complementOf(ranges, chunks.length);
        const all = numbersIn([...ranges, ...others]).sort((a, b) => a - b);
        expect(all).toEqual(chunks.map(({ number }) => number));
      }),
    );
  });

  it('are merged over as few closed chunks as can be', () => {
    const chunks = Array.from({ length: 20 }, (_, i) => ({
      number: i + 1,
      isOpen: [1, 3, 9, 10, 20].includes(i + 1),
    }));
    expect(openRanges(chunks, 0, 3)).toEqual([
      { chunk: 1, chunks: 3 },
      { chunk: 9, chunks: 2 },
      { chunk: 20, chunks: 1 },
    ]);
    expect(openRanges(chunks, 0, 2)).toEqual([
      { chunk: 1, chunks: 10 },
      { chunk: 20, chunks: 1 },
    ]);
    expect(openRanges(chunks, 1, 2)).toEqual([
      { chunk: 1, chunks: 1 },
      { chunk: 3, chunks: 18 },
    ]);
  });
});
