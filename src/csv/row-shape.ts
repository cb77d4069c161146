/**
 * How many cells a row has, and may have. A cell too few or too many is mostly a separator without quotes: what stands
 * after it is in the wrong column.
 */
import { hasDisplacedReject, MISSING_CELL, withoutRejectCells } from './reject-line.js';

export interface RowShape {
  /** Cells of a whole row, as its header has them. */
  width: number;
  /** Cells that a row must have: a column without a name at the end of the header may be missing. */
  named: number;
  /** Positions of these columns; what stands there has most likely been pushed there. */
  nameless: number[];
  shortRows: 'refuse' | 'as-empty';
  /** Positions of the columns of an earlier rejects.csv. */
  rejectColumns: number[];
}

export function rowShape(
  names: string[],
  rejectColumns: number[],
  shortRows: RowShape['shortRows'],
): RowShape {
  const own = [...names.keys()].filter((index) => !rejectColumns.includes(index));
  const lastNamed = own.findLast((index) => names[index] !== '') ?? -1;
  return {
    width: names.length,
    named: names.findLastIndex((name) => name !== '') + 1,
    nameless: own.filter((index) => index > lastNamed),
    shortRows,
    rejectColumns,
  };
}

/** Where nothing more is known of the header: each row has all cells. */
export function wholeRows({
  width,
  rejectColumns,
}: Pick<RowShape, 'width' | 'rejectColumns'>): RowShape {
  return { width, named: width, nameless: [], shortRows: 'refuse', rejectColumns };
}

/** What is to be said of a row's width: why it is refused, or what an admin is to know. */
export type WidthFinding =
  { refused: string } | { note: 'short_row' | 'extra_cells'; column: number };

/** @param hasMarks whether some of the cells were marked as missing */
export function checkWidth(
  cells: string[],
  shape: RowShape,
  hasMarks: boolean,
): WidthFinding | undefined {
  const { width, named, nameless, shortRows, rejectColumns } = shape;
  const isPlain = nameless.length === 0 && rejectColumns.length === 0 && !hasMarks;
  if (isPlain && cells.length === width) return undefined;
  const takesEmpty = shortRows === 'as-empty';
  if (hasMarks && !takesEmpty) return { refused: STILL_MISSING };
  const stray = nameless.find((index) => (cells[index] ?? '') !== '');
  if (stray !== undefined) return { refused: strayReason(stray) };
  if (hasDisplacedReject(cells, shape)) return { refused: reason(cells, shape) };
  if (cells.length >= named && cells.length <= width) return undefined;
  const hasMore = cells.slice(width).some((cell) => cell !== '');
  // The cells of an earlier rejects.csv would be taken for those that are missing before them.
  if (!takesEmpty || hasMore || rejectColumns.length > 0) return { refused: reason(cells, shape) };
  return cells.length < width
    ? { note: 'short_row', column: cells.length }
    : { note: 'extra_cells', column: width - 1 };
}

const STILL_MISSING = `the row was too short, and ${MISSING_CELL} still stands for what it lacked: correct the row, or empty these cells if it lacks nothing`;

function strayReason(index: number): string {
  return `column ${index + 1}, which has no name in the header, holds a value: a separator before it may lack its quotes; else name the column`;
}

function reason(cells: string[], shape: RowShape): string {
  const own = shape.width - shape.rejectColumns.length;
  const { length } = withoutRejectCells(cells, shape);
  const width = `the row has ${length} cells, the header ${own}`;
  if (length >= own) return width;
  return `${width}; in rejects.csv ${MISSING_CELL} stands for the others: correct the row, or empty these cells if it lacks nothing`;
}
