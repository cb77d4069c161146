import { describe, expect, it } from 'vitest';
import {
  beginsLikeNumber,
  digitsOf,
  isSpreadsheetNumber,
  LostZeros,
} from '../../../src/validation/spreadsheet.js';

describe('a number as a spreadsheet shows it', () => {
  it.each([
    '4.91702E+11',
    '1.23457E+14',
    '1,23457E+14',
    '5E+14',
    '1.5e-7',
    '-1.2E+10',
    '4.9E11',
    '="0170"',
  ])('is %s', (text) => {
    expect(isSpreadsheetNumber(text)).toBe(true);
    expect(beginsLikeNumber(text)).toBe(true);
  });

  it.each(['+491702345678', '12', '1.5', '1E5', '12E+3', '3rd', '1.2.3', '="a"&"b"', '=1+2', '-'])(
    'is not %s',
    (text) => {
      expect(isSpreadsheetNumber(text)).toBe(false);
    },
  );
});

describe('lost zeros', () => {
  function lostIn(cells: string[]) {
    const zeros = new LostZeros();
    for (const [i, cell] of cells.entries()) {
      const digits = digitsOf(cell, 0);
      if (digits) zeros.add(digits, i + 2);
    }
    return zeros.found();
  }

  it.each<[string, string[], number[]]>([
    ['are missed where others have theirs', ['0012', '12', '7'], [3, 4]],
    ['are missed whichever comes first', ['12', '7', '123', '0012'], [2, 3, 4]],
    ['are missed in phone numbers', ['01702345678', '1702345678', '491702345678'], [3]],
    ['may have been all there was', ['0000', '0'], [3]],
  ])('%s', (_what, cells, lines) => {
    expect(lostIn(cells)).toEqual({ count: lines.length, lines });
  });

  it.each<[string, string[]]>([
    ['where no number has any', ['12', '7', '1234']],
    ['in longer numbers', ['0012', '12345']],
    ['in other texts', ['0012', 'A1', '+49', '1.5', '']],
    ['where zero is all', ['0', '5', '10']],
  ])('are not missed %s', (_what, cells) => {
    expect(lostIn(cells)).toBeUndefined();
  });
});
