/**
 * How many cells a row has, and may have. A cell too few or too many is mostly a separator without quotes: what stands
 * after it is in the wrong column.
 */
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

function refused(cells: string[], shape: RowShape): WidthFinding {
  return { refused: reasonFor(withoutRejectCells(cells, shape).length, shape) };
}

function reasonFor(cells: number, { width, rejectColumns }: RowShape): string {
  const own = width - rejectColumns.length;
  const isPadded = cells < own && own - cells <= MOST_PADDED;
  // The number is read again from a file of rejected rows.
  const more = isPadded
    ? '; those at its end are filled up here: correct the row, or clear its import_codes if they are empty indeed'
    : '';
  return `the row has ${cells} cells, the header ${own}${more}`;
}

/**
 * A row of rejects.csv that was too short is filled up there, so that its appended cells are under their names. Nobody
 * has touched it as long as what was filled in is empty and its codes say so.
 */
function paddedRow(cells: string[], shape: RowShape): WidthFinding | undefined {
  const { padding, shortRows } = shape;
  if (!padding || shortRows === 'as-empty') return undefined;
  if (!cells[padding.codes]!.split(';').includes('wrong_column_count')) return undefined;
  const had = /the row has (?<cells>\d+) cells/.exec(cells[padding.reason]!)?.groups?.['cells'];
  if (had === undefined) return undefined;
  const own = withoutRejectCells(cells, shape);
  const count = Number(had);
  if (count >= own.length || own.slice(count).some((cell) => cell !== '')) return undefined;
  return { refused: reasonFor(count, shape) };
}
