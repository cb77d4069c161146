/** The lines of rejects.csv: the row as it was, then its line and what is wrong with it. */
import { IMPORT_CODES, ROW_CODES } from '../contract/codes.js';
import type { Dialect } from './dialect.js';
import { rawCells } from './raw-cells.js';
import { csvCell } from './write.js';

/**
 * Stands in rejects.csv for a cell that its row lacks, so that the appended cells are under their names. Nobody's cell is
 * this: the row stays refused, whatever else is done with the file, until somebody has looked at it.
 */
export const MISSING_CELL = '(missing cell)';

const BRACKET = MISSING_CELL.charCodeAt(0);

function isMissing(cell: string): boolean {
  // Nearly all cells are known by their first character: letters and digits come after brackets and blanks.
  return cell.charCodeAt(0) <= BRACKET && cell.trim() === MISSING_CELL;
}

/** The cells as they are read: a missing one is empty. The very same list where none is. */
export function withoutMarks(cells: string[]): string[] {
  for (const cell of cells) {
    if (isMissing(cell)) return cells.map((each) => (isMissing(each) ? '' : each));
  }
  return cells;
}

/** A row that lacks more cells has one for them all: a line of a byte must not become one of a thousand. */
const MOST_FILLED = 100;

/** What an earlier run's rejects.csv has appended to the file's own columns. */
export const REJECT_COLUMNS = ['import_line', 'import_codes', 'import_reason'] as const;

/** Of the rows of a file: see RowShape. */
interface Shape {
  width: number;
  nameless: number[];
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
 * @param raw the row's text as it is in the file; cells are kept byte for byte
 */
export function rejectLine(
  raw: string,
  layout: RejectLayout,
  reject: { line: number; codes: readonly string[]; reason: string },
): string {
  const { shape, dialect } = layout;
  const own = shape.width - shape.rejectColumns.length;
  const all = ownCells(raw, layout);
  const cells = shape.shortRows === 'as-empty' ? withoutEmptyEnd(all, own) : all;
  const codes = csvCell(reject.codes.join(';'), dialect.separator);
  const more = [reject.line, codes, csvCell(reject.reason, dialect.separator)];
  return [...cells, ...fillers(cells.length, own, shape), ...more].join(dialect.separator);
}

/** What fills a row up. It may end before columns without a name, and before any when that is told. */
function fillers(cells: number, own: number, { nameless, shortRows }: Shape): string[] {
  const needed = shortRows === 'refuse' ? own - nameless.length : 0;
  if (own - cells > MOST_FILLED) return cells < needed ? [MISSING_CELL] : [];
  return Array.from({ length: Math.max(0, own - cells) }, (_, i) =>
    cells + i < needed ? MISSING_CELL : '',
  );
}

/** Empty cells beyond the header's hold nothing, and would push the appended ones away from their names. */
function withoutEmptyEnd(cells: string[], own: number): string[] {
  return cells.slice(own).every(isEmpty) ? cells.slice(0, own) : cells;
}

/** The cells without those that an earlier rejects.csv had appended. */
function ownCells(raw: string, { shape, dialect }: RejectLayout): string[] {
  return withoutRejectCells(rawCells(raw, dialect), shape);
}

/** The same of cells that are read already. */
export function withoutRejectCells(
  cells: string[],
  { width, rejectColumns }: Pick<Shape, 'width' | 'rejectColumns'>,
): string[] {
  if (rejectColumns.length === 0) return cells;
  const drop = rejectCells(cells, width, rejectColumns);
  return cells.filter((_, index) => !drop.includes(index));
}

/** Whether they are not under their names: a spreadsheet has given header and row the same number of cells. */
export function hasDisplacedReject(
  cells: string[],
  { width, rejectColumns }: Pick<Shape, 'width' | 'rejectColumns'>,
): boolean {
  const isThere = rejectColumns.length > 0 && cells.length === width;
  return isThere && rejectCells(cells, width, rejectColumns) !== rejectColumns;
}

/**
 * Where a row has them: at its end, if it is too long or too short, where a spreadsheet may have added empty cells; else
 * under their names.
 */
function rejectCells(cells: string[], width: number, rejectColumns: number[]): number[] {
  const inPlace = cells.length === width ? rejectColumns : [];
  const [line, codes, reason] = inPlace;
  const isWhole = codes === line! + 1 && reason === line! + 2;
  if (isWhole && isRejection(cells, line!)) return inPlace;
  const atEnd = cells.findLastIndex((cell) => !isEmpty(cell)) - 2;
  return rejectColumns.length === 3 && isRejection(cells, atEnd)
    ? [atEnd, atEnd + 1, atEnd + 2]
    : inPlace;
}

/** By what the cells hold, with or without the quotes that a program has put around them. */
function isRejection(cells: string[], at: number): boolean {
  const [line, codes] = [cells[at], cells[at + 1]].map((cell) => cell?.replace(/^"(.*)"$/, '$1'));
  return /^\d+$/.test(line ?? '') && (codes ?? '').split(';').every(isCode);
}

function isEmpty(cell: string): boolean {
  return cell === '' || cell === '""';
}

function isCode(text: string): boolean {
  return [...ROW_CODES, ...IMPORT_CODES].some((code) => code === text);
}
