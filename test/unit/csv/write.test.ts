import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvCell, harmlessCell } from '../../../src/csv/write.js';

describe('a written cell', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['say "a"', '"say ""a"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['=1+1', '=1+1'],
  ])('of %j is %j', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it('reads as what was written, whatever that is', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab,"\n\r\t é')) });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (values) => {
        const record = [...values, 'end'].map(csvCell).join(',');
        expect(parse(record, { record_delimiter: ['\r\n', '\n'] })).toEqual([[...values, 'end']]);
      }),
    );
  });
});

describe('a cell for people with spreadsheets', () => {
  it.each(['=cmd()', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])(
    'of %j is no formula',
    (value) => {
      expect(
        parse(harmlessCell(value), { record_delimiter: '\n', relax_column_count: true })[0]![0],
      ).toBe(`'${value}`);
    },
  );

  it.each(['ann@example.com', 'a=b', "'quoted'", ' =1', ''])('of %j is left as it is', (value) => {
    expect(harmlessCell(value)).toBe(value);
  });
});
