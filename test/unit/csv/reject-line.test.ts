import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { rejectHeader, rejectLine } from '../../../src/csv/reject-line.js';

const layout = (width: number, rejectColumns: number[]) => ({
  shape: { width, rejectColumns, shortRows: 'refuse' as const },
  dialect: { separator: ',' as const },
});
const PLAIN = layout(3, []);
/** As the header of an earlier rejects.csv: three columns of the file, then the appended ones. */
const AGAIN = layout(6, [3, 4, 5]);
const REJECT = { line: 7, codes: ['invalid_role', 'duplicate_email'], reason: 'no role' };
const APPENDED = '7,invalid_role;duplicate_email,no role';

describe('a line of rejects.csv', () => {
  it.each([
    ['plain cells', 'a,b,c'],
    ['quoted cells, quoted or not by need', '"a","b, b",c'],
    ['quotes and line breaks in cells', '"say ""a""","b\r\nb","\n"'],
    ['spaces', ' a ,b , c'],
  ])('keeps %s byte for byte', (_what, raw) => {
    expect(rejectLine(raw, PLAIN, REJECT)).toBe(`${raw},${APPENDED}`);
  });

  it('pads a row that is too short, so that the appended cells are under their names', () => {
    expect(rejectLine('a', PLAIN, REJECT)).toBe(`a,,,${APPENDED}`);
    expect(rejectLine('"a"', AGAIN, REJECT)).toBe(`"a",,,${APPENDED}`);
  });

  it('keeps every cell of a row that is too long', () => {
    expect(rejectLine('a,b,c,"d, d",e', PLAIN, REJECT)).toBe(`a,b,c,"d, d",e,${APPENDED}`);
  });

  it('quotes its own cells where they need it', () => {
    const reason = 'Kratos answered 400: "x", y\nz';
    const line = rejectLine('a,b,c', PLAIN, { ...REJECT, reason });
    expect(parse(line)[0]!.at(-1)).toBe(reason);
  });

  it('replaces what an earlier run had appended', () => {
    expect(rejectLine('a,b,c,2,missing_email,"no, none"', AGAIN, REJECT)).toBe(`a,b,c,${APPENDED}`);
    expect(rejectLine('a,b,c,,,', AGAIN, REJECT)).toBe(`a,b,c,${APPENDED}`);
  });

  it.each([
    ['short', 'a,b,2,wrong_column_count;missing_email,r', 'a,b,'],
    ['long', 'a,b,c,d,2,wrong_column_count,r', 'a,b,c,d'],
    [
      'long and quoted by a spreadsheet',
      '"a","b","c","d","2","wrong_column_count","r"',
      '"a","b","c","d"',
    ],
  ])('replaces it also in a row that is %s', (_how, raw, cells) => {
    expect(rejectLine(raw, AGAIN, REJECT)).toBe(`${cells},${APPENDED}`);
  });

  it.each([
    ['without these columns', 'a,b,c'],
    ['short of one of its own, too', 'a,b'],
    ['whose own cells look alike', '12345,user,t1'],
    ['that is long', 'a,b,c,12345,user,t1,x'],
  ])('loses nothing of a row added by hand %s', (_how, raw) => {
    const line = rejectLine(raw, AGAIN, REJECT);
    expect(line.startsWith(raw)).toBe(true);
    expect(line.endsWith(`,${APPENDED}`)).toBe(true);
  });

  it('finds columns of an earlier rejects.csv anywhere in a row of the right width', () => {
    const first = layout(4, [0, 1, 2]);
    expect(rejectHeader('import_line,import_codes,import_reason,email', first)).toBe(
      'email,import_line,import_codes,import_reason',
    );
    expect(rejectLine('2,missing_email,r,a', first, REJECT)).toBe(`a,${APPENDED}`);
    // In a row of another width no cell belongs to a column for certain: nothing is dropped.
    expect(rejectLine('2,missing_email,r,a,b', first, REJECT)).toBe(
      `2,missing_email,r,a,b,${APPENDED}`,
    );
  });
});

describe('the header of rejects.csv', () => {
  it('is the file’s own and three columns more, once', () => {
    const header = '"email", first name ,role';
    const more = 'import_line,import_codes,import_reason';
    expect(rejectHeader(header, PLAIN)).toBe(`${header},${more}`);
    expect(rejectHeader(`${header},${more}`, AGAIN)).toBe(`${header},${more}`);
  });
});
