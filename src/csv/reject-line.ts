/** The lines of rejects.csv: the row as it was, then its line and what is wrong with it. */
import { IMPORT_CODES, ROW_CODES } from '../contract/codes.js';
import type { Dialect } from './dialect.js';
import { rawCells } from './raw-cells.js';
import { csvCell } from './write.js';

/**
 * A row that lacks more cells is not padded: a line of a byte must not become one of a thousand. The three columns of its
 * rejection are then known by what they hold, as in a row that is too long.
 */
export const MOST_PADDED = 100;

/** What an earlier run's rejects.csv has appended to the file's own columns. */
export const REJECT_COLUMNS = ['import_line', 'import_codes', 'import_reason'] as const;

/** Of the rows of a file: see RowShape. */
interface Shape {
  width: number;
  rejectColumns: number[];
  shortRows: 'refuse' | 'as-empty';
}

/** How a file's rejected rows are written. */
export interface RejectLayout {
  shape: Shape;
  dialect: Pick<Dialect, 'separator' | 'escapes'>;
}

/** The header's own columns, byte for byte, then the three of rejects.csv. */
export function rejectHeader(header: string, layout: RejectLayout): string {
  return [...ownCells(header, layout), ...REJECT_COLUMNS].join(layout.dialect.separator);
}

/**
 * One rejected row, without a line ending.
 * @param raw the row's text as it is in the file; cells are kept byte for byte, up to a hundred missing ones are padded
 */
export function rejectLine(
  raw: string,
  layout: RejectLayout,
  reject: { line: number; codes: readonly string[]; reason: string },
): string {
  const { width, rejectColumns, shortRows } = layout.shape;
  const { separator } = layout.dialect;
  const own = width - rejectColumns.length;
  const all = ownCells(raw, layout);
  const cells = shortRows === 'as-empty' ? withoutEmptyEnd(all, own) : all;
  const missing = own - cells.length;
  if (missing <= MOST_PADDED) for (let i = 0; i < missing; i++) cells.push('');
  const codes = csvCell(reject.codes.join(';'), separator);
  return [...cells, reject.line, codes, csvCell(reject.reason, separator)].join(separator);
}

/** Empty cells beyond the header's hold nothing, and would push the appended ones away from their names. */
function withoutEmptyEnd(cells: string[], own: number): string[] {
  const isEmpty = (cell: string) => cell === '' || cell === '""';
  return cells.slice(own).every(isEmpty) ? cells.slice(0, own) : cells;
}

/** The cells without those that an earlier rejects.csv had appended. */
function ownCells(raw: string, { shape, dialect }: RejectLayout): string[] {
  return withoutRejectCells(rawCells(raw, dialect), shape);
}

/** The same of cells that are read already. */
export function withoutRejectCells(
  cells: string[],
  { width, rejectColumns }: Omit<Shape, 'shortRows'>,
): string[] {
  const shift = cells.length - width;
  if (rejectColumns.length === 0 || (shift !== 0 && !endsWithReject(cells, width, rejectColumns)))
    return cells;
  const drop = new Set(rejectColumns.map((index) => index + shift));
  return cells.filter((_, index) => !drop.has(index));
}

/** In a row of another width the three columns are known by their place at its end and by what they hold. */
function endsWithReject(cells: string[], width: number, rejectColumns: number[]): boolean {
  const atEnd = rejectColumns.length === 3 && rejectColumns[0] === width - 3;
  const [line, codes] = cells.slice(-3).map((cell) => cell.replace(/^"(.*)"$/, '$1'));
  return atEnd && /^\d+$/.test(line ?? '') && (codes ?? '').split(';').every(isCode);
}

function isCode(text: string): boolean {
  return [...ROW_CODES, ...IMPORT_CODES].some((code) => code === text);
}
