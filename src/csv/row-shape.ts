/**
 * How many cells a row has, and may have. A cell too few or too many is mostly a separator without quotes: what stands
 * after it is in the wrong column.
 */
import { createHash } from 'node:crypto';
import { MOST_PADDED, REJECT_COLUMNS, withoutRejectCells } from './reject-line.js';

export interface RowShape {
  /** Cells of a whole row, as its header has them. */
  width: number;
  /** Where the unnamed columns at the end of the header begin: a row may end there as well. */
  named: number;
  shortRows: 'refuse' | 'as-empty';
  /** Positions of the columns of an earlier rejects.csv. */
  rejectColumns: number[];
  /** Those of its codes and its reason, when it has both. */
  padding: { codes: number; reason: number } | undefined;
}

export function rowShape(
  names: string[],
  rejectColumns: number[],
  shortRows: RowShape['shortRows'],
): RowShape {
  const [codes, reason] = REJECT_COLUMNS.slice(1).map((name) =>
    rejectColumns.find((index) => names[index]!.trim().toLowerCase() === name),
  );
  return {
    width: names.length,
    named: names.findLastIndex((name) => name !== '') + 1,
    shortRows,
    rejectColumns,
    padding: codes === undefined || reason === undefined ? undefined : { codes, reason },
  };
}

/** Where nothing more is known of the header: each row has all cells. */
export function wholeRows({
  width,
  rejectColumns,
}: Pick<RowShape, 'width' | 'rejectColumns'>): RowShape {
  return { width, named: width, shortRows: 'refuse', rejectColumns, padding: undefined };
}

/** What is to be said of a row's width: why it is refused, or what an admin is to know. */
export type WidthFinding =
  { refused: string } | { note: 'short_row' | 'extra_cells'; column: number };

export function checkWidth(cells: string[], shape: RowShape): WidthFinding | undefined {
  const { width, named, shortRows, rejectColumns } = shape;
  if (cells.length === width) return paddedRow(cells, shape);
  const hasMore = cells.slice(named).some((cell) => cell !== '');
  if (cells.length < width && cells.length >= named && !hasMore) return undefined;
  // The cells of an earlier rejects.csv would be taken for those that are missing before them.
  if (shortRows === 'refuse' || hasMore || rejectColumns.length > 0) return refused(cells, shape);
  return cells.length < width
    ? { note: 'short_row', column: cells.length }
    : { note: 'extra_cells', column: width - 1 };
}

function refused(cells: string[], { width, rejectColumns }: RowShape): WidthFinding {
  const row = withoutRejectCells(cells, { width, rejectColumns });
  const own = width - rejectColumns.length;
  const isFilledUp = row.length < own && own - row.length <= MOST_PADDED;
  return { refused: reasonFor(row.length, own, isFilledUp ? lettersOf(row) : undefined) };
}

/** @param letters of a row that is filled up in rejects.csv: it is known by them when that is read again */
function reasonFor(cells: number, own: number, letters: string | undefined): string {
  const width = `the row has ${cells} cells, the header ${own}`;
  if (letters === undefined) return width;
  return `${width}; it is filled up here: correct it, or empty its import_codes if it lacks nothing (row ${letters})`;
}

/**
 * A row of rejects.csv that was too short is filled up there, so that its appended cells are under their names. Nobody
 * has touched it as long as its letters are the same, and what was filled in is empty. A spreadsheet that saves the file
 * touches numbers, but nobody has looked at the row for that.
 */
function paddedRow(cells: string[], shape: RowShape): WidthFinding | undefined {
  const { padding, shortRows } = shape;
  if (!padding || shortRows === 'as-empty') return undefined;
  if (!cells[padding.codes]!.split(';').includes('wrong_column_count')) return undefined;
  const { count, letters } = FILLED_UP.exec(cells[padding.reason]!)?.groups ?? {};
  if (count === undefined || letters === undefined) return undefined;
  const own = withoutRejectCells(cells, shape);
  const row = own.slice(0, Number(count));
  const isFilled = own.slice(row.length).some((cell) => cell.trim() !== '');
  if (isFilled || lettersOf(row) !== letters) return undefined;
  return { refused: reasonFor(row.length, own.length, letters) };
}

const FILLED_UP = /^the row has (?<count>\d+) cells, .*?\(row (?<letters>[0-9a-f]{8})\)/;

function lettersOf(cells: string[]): string {
  const letters = cells
    .join('|')
    .replace(/[^\p{L}|@]/gu, '')
    .toLowerCase();
  return createHash('sha256').update(letters).digest('hex').slice(0, 8);
}
