import type { Dialect } from './dialect.js';

/** The cells of a record as they are in the file, quotes included: rejects.csv keeps them byte for byte. */
export function rawCells(
  record: string,
  { separator, escapes = false }: Pick<Dialect, 'separator' | 'escapes'>,
): string[] {
  const cells: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < record.length; i++) {
    const char = record[i];
    if (char === '"') quoted = !quoted;
    else if (char === '\\' && escapes && !quoted) i++;
    else if (char === separator && !quoted) {
      cells.push(record.slice(start, i));
      start = i + 1;
    }
  }
  cells.push(record.slice(start));
  return cells;
}
