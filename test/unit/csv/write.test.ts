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
        const record = [...values, 'end'].map((value) => csvCell(value)).join(',');
        expect(parse(record, { record_delimiter: ['\r\n', '\n'] })).toEqual([[...values, 'end']]);
      }),
    );
  });
});

describe('a cell for people with spreadsheets', () => {
  const read = (value: string): string =>
    parse(harmlessCell(value), { record_delimiter: '\n', relax_column_count: true })[0]?.[0] ?? '';

  it.each([
    ['=cmd()', "'=cmd()"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['\n=1', "'\n'=1"],
    ['\t', "'\t"],
    ['\uff1dcmd()', "'\uff1dcmd()"],
    ['\uff0b1', "'\uff0b1"],
    ['\uff0d1', "'\uff0d1"],
    ['\uff20SUM(A1)', "'\uff20SUM(A1)"],
    [' =1', "' =1"],
    ['\u00a0\u3000=1', "'\u00a0\u3000=1"],
    ['\u200b\ufeff\u2060\u00ad=1', "'\u200b\ufeff\u2060\u00ad=1"],
    ['\0\x1b=1', "'\0\x1b=1"],
    [';=1', ";'=1"],
    ['ann;=1', "ann;'=1"],
    ['a; \u200b=1;-1;b', "a;' \u200b=1;'-1;b"],
    ['a\n@b\r\n=1\t+2', "a\n'@b\r\n'=1\t'+2"],
    ['""=1', '""=1'],
  ])('of %j is no formula, also after a semicolon or a line end', (value, harmless) => {
    expect(read(value)).toBe(harmless);
  });

  it.each(['ann@example.com', 'a=b', "'quoted'", 'a;b', ' a=1', '; a', 'Zoë', ''])(
    'of %j is left as it is',
    (value) => {
      expect(read(value)).toBe(value);
    },
  );

  it('takes time by its length alone', () => {
    const blanks = `;${'\u00a0'.repeat(1_000_000)}`;
    expect(harmlessCell(`${blanks}=1`) === `;'${blanks.slice(1)}=1`).toBe(true);
    expect(harmlessCell(blanks) === blanks).toBe(true);
  });

  it('begins no formula anywhere that a spreadsheet may begin a cell', () => {
    const unit = fc.constantFrom(...Array.from('=+-@\uff1d;, \t\r\n\u00a0\u200b\0a"\''));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (value) => {
        const cells = read(value).split(/[;\t\r\n]/);
        for (const cell of cells) expect(cell).not.toMatch(/^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d]/u);
      }),
      { numRuns: 1000 },
    );
  });
});
