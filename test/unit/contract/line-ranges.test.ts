import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, toLineRanges } from '../../../src/contract/line-ranges.js';

const lines = fc
  .uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 600 })
  .map((all) => all.sort((a, b) => a - b));

describe('ranges of lines', () => {
  it('are short where lines follow each other', () => {
    const all = Array.from({ length: 500 }, (_, i) => i + 2);
    expect(toLineRanges(all)).toBe('2-501');
    expect(toLineRanges(all.filter((line) => line !== 100))).toBe('2-99,101-501');
    expect(toLineRanges([7])).toBe('7');
    expect(toLineRanges([])).toBe('');
  });

  it('say the same lines again', () => {
    fc.assert(
      fc.property(lines, (all) => {
        expect(linesOf(toLineRanges(all))).toEqual(all);
      }),
    );
  });

  it.each(['x', '0', '1,', ',1', '5-2', '3,3', '9,1-2', '1-20000', '1,99999999', '1e3', ' 1'])(
    'are refused: %j',
    (text) => {
      expect(() => linesOf(text)).toThrow(TypeError);
    },
  );
});
