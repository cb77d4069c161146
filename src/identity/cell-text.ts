/** What is read in a column: the cell, what the input's `values` put in its place, or the constant of a default. */
import type { Column } from './columns.js';
import { sameForPeople, trimmed } from './email.js';

/**
 * @param nothing cells that are read as empty, before anything is put in their place
 * @returns reads a row's text in the column; `''` where it gives none
 */
export function textReader(
  { index, values, constant }: Column,
  nothing: readonly string[] = [],
): (cells: string[]) => string {
  if (constant !== undefined) return () => constant;
  const given = cellReader(index, nothing);
  if (!values) return given;
  const read = valueReader(values);
  return (cells) => read(given(cells));
}

function cellReader(index: number, nothing: readonly string[]): (cells: string[]) => string {
  // No cell is looked up in vain.
  if (nothing.length === 0) return (cells) => cells[index] ?? '';
  const empty = new Set(nothing);
  return (cells) => {
    const cell = cells[index] ?? '';
    return empty.has(trimmed(cell)) ? '' : cell;
  };
}

/** A value that is there letter for letter comes first; else case, blanks and invisible characters do not matter. */
function valueReader(values: Record<string, string>): (cell: string) => string {
  const exact = new Map(Object.entries(values));
  const alike = new Map<string, string | undefined>();
  for (const [from, to] of exact) {
    const key = sameForPeople(from);
    // Two that look the same and do not mean the same hold for their own letters alone.
    alike.set(key, alike.has(key) && alike.get(key) !== to ? undefined : to);
  }
  return (cell) => exact.get(cell) ?? alike.get(sameForPeople(cell)) ?? cell;
}
