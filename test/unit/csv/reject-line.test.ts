import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { rejectHeader, rejectLine } from '../../../src/csv/reject-line.js';

const layout = (width: number, rejectColumns: number[], nameless: number[] = []) => ({
  shape: { width, rejectColumns, nameless, shortRows: 'refuse' as const },
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

  it('marks each cell that a row lacks, so that the appended ones are under their names', () => {
    const marks = '(missing cell),(missing cell)';
    expect(rejectLine('a', PLAIN, REJECT)).toBe(`a,${marks},${APPENDED}`);
    expect(rejectLine('"a"', AGAIN, REJECT)).toBe(`"a",${marks},${APPENDED}`);
    expect(rejectLine(`a,${marks}`, PLAIN, REJECT)).toBe(`a,${marks},${APPENDED}`);
  });

  it('marks no cell that a row may lack', () => {
    expect(rejectLine('a,b', layout(4, [], [2, 3]), REJECT)).toBe(`a,b,,,${APPENDED}`);
    const { shape, dialect } = PLAIN;
    const told = { shape: { ...shape, shortRows: 'as-empty' as const }, dialect };
    expect(rejectLine('a', told, REJECT)).toBe(`a,,,${APPENDED}`);
  });

  it('has one mark for very many', () => {
    expect(rejectLine('a', layout(900, []), REJECT)).toBe(`a,(missing cell),${APPENDED}`);
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
    ['short', 'a,b,2,wrong_column_count;missing_email,r', 'a,b,(missing cell)'],
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

it('finds the cells of an earlier rejects.csv where a spreadsheet has widened header and rows', () => {
  const widened = layout(8, [3, 4, 5], [6, 7]);
  const long = 'a,b,c,d,2,wrong_column_count,r,';
  expect(rejectLine(long, widened, REJECT)).toBe(`a,b,c,d,,${APPENDED}`);
  expect(rejectLine('a,b,c,2,wrong_column_count,r,,', widened, REJECT)).toBe(`a,b,c,,,${APPENDED}`);
  expect(rejectLine('a,b,c,,,,,', widened, REJECT)).toBe(`a,b,c,,,${APPENDED}`);
});

describe('the header of rejects.csv', () => {
  it('is the file’s own and three columns more, once', () => {
    const header = '"email", first name ,role';
    const more = 'import_line,import_codes,import_reason';
    expect(rejectHeader(header, PLAIN)).toBe(`${header},${more}`);
    expect(rejectHeader(`${header},${more}`, AGAIN)).toBe(`${header},${more}`);
  });
});
