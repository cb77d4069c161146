/** What is read in a column: the cell, what the input's `values` put in its place, or the constant of a default. */
import type { Column } from './columns.js';
import { sameForPeople, trimmed } from './email.js';

/**
 * @param nothing cells that are read as empty, before anything is read in their place
 * @returns reads a row's text in the column; `''` where it gives none
 */
export function textReader(
  { index, values, constant }: Column,
  nothing?: ReadonlySet<string>,
): (cells: string[]) => string {
  if (constant !== undefined) return () => constant;
  if (!values) return (cells) => cells[index] ?? '';
  const read = valueReader(values);
  return (cells) => {
    const cell = cells[index] ?? '';
    return read(nothing?.has(trimmed(cell)) ? '' : cell);
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
