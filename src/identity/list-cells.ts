/** Lists that a row gives entry by entry: a column for each, or all of them in one cell. */
import type { Column, ColumnMap } from './columns.js';
import { normalizeIdentifier, trimmed } from './email.js';
import type { ImportRow } from './identity.js';
import { setAt, valueAt, type JsonObject } from './json-pointer.js';

type ListTarget = Extract<Column['target'], { path: string[] }>;

/**
 * The entries in one cell: those of a JSON list; else what stands between semicolons or line ends, or between commas
 * where it has neither. Empty ones are left out.
 */
export function splitList(cell: string): string[] {
  const separator = /[;\n]/.test(cell) ? /[;\n]/ : ',';
  return (listIn(cell) ?? cell.split(separator)).map(trimmed).filter((entry) => entry !== '');
}

function listIn(cell: string): string[] | undefined {
  if (!cell.startsWith('[')) return undefined;
  try {
    const list = JSON.parse(cell) as unknown[];
    const isFlat = list.every((entry) => typeof entry === 'string' || typeof entry === 'number');
    return isFlat ? list.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** Puts an entry of a row into its list; the places of entries that the row lacks stay empty until `closeLists`. */
export function putEntry(root: JsonObject, path: string[], place: number, value: unknown): void {
  const list = valueAt(root, path);
  if (Array.isArray(list)) list[place] = value;
  else setAt(root, path, Object.assign([], { [place]: value }));
}

/**
 * Closes the gaps of the lists of a row once all its cells are read, and leaves out what is in a list already as Kratos
 * compares it.
 */
export function listCloser({ columns }: Pick<ColumnMap, 'columns'>): (row: ImportRow) => void {
  const targets = columns.flatMap(({ target }) =>
    'path' in target && target.entry !== undefined ? [target] : [],
  );
  if (targets.length === 0) return () => undefined;
  return (row) => {
    for (const { to, path } of targets) {
      const root = rootOf(row, to);
      const list = valueAt(root, path);
      if (Array.isArray(list)) setAt(root, path, withoutRepeats(Object.values(list)));
    }
  };
}

function withoutRepeats(list: unknown[]): unknown[] {
  const seen = new Set<unknown>();
  return list.filter((entry) => {
    const form = formOf(entry);
    if (seen.has(form)) return false;
    seen.add(form);
    return true;
  });
}

function formOf(entry: unknown): unknown {
  return typeof entry === 'string' ? normalizeIdentifier(entry) : entry;
}

export function rootOf(row: ImportRow, to: ListTarget['to']): JsonObject {
  if (to === 'traits') return row.traits;
  return to === 'metadata_public' ? row.metadataPublic : row.metadataAdmin;
}

/** What a user's list becomes where the file has a column for each entry: it gets what it lacks, and loses nothing. */
export function mergedList(stored: unknown, given: unknown[]): unknown[] {
  return withoutRepeats([...(Array.isArray(stored) ? (stored as unknown[]) : []), ...given]);
}
