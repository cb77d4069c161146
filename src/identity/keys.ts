/**
 * What a user is known by: the address or, of a user without one, the first other identifier. By their key users are found
 * again, and are the same for the file, for Kratos and for whoever reads the results.
 */
import { addressPath, givesKey, otherKeys, type ColumnMap, type KeyPlace } from './columns.js';
import { normalizeIdentifier } from './email.js';
import { textOf } from './identifiers.js';
import type { JsonObject } from './json-pointer.js';
import { valuesAt } from './json-pointer.js';
import { splitList } from './list-cells.js';
import { saysNothing } from './nothing.js';
import { toE164 } from './phone.js';

export interface Key {
  place: KeyPlace;
  /** As the row has it. */
  text: string;
  /** As Kratos compares it. */
  form: string;
}

/** Undefined where the traits hold none. */
export function keyOf(traits: JsonObject, { keys }: Pick<ColumnMap, 'keys'>): Key | undefined {
  for (const place of keys) {
    const [key] = keysAt(traits, place);
    if (key) return key;
  }
  return undefined;
}

/** All that the traits hold at a place: more than one where that is a list. */
export function keysAt(traits: JsonObject, place: KeyPlace): Key[] {
  return valuesAt(traits, place.path).flatMap((value) => {
    const text = textOf(value);
    // A word for no value is nobody's name.
    const form = text && !saysNothing(text) && formOf(text, place);
    return text && form ? [{ place, text, form }] : [];
  });
}

function formOf(text: string, { isPhone }: KeyPlace): string {
  return (isPhone ? toE164(text) : undefined) ?? normalizeIdentifier(text);
}

/** The last column of results.csv and undo.csv, where users may be without an address. */
export const IDENTIFIER_COLUMN = 'identifier';

export function namesIdentifiers(map: ColumnMap): boolean {
  return otherKeys(map).length > 0;
}

/** Reads what a row that was not imported is known by from its cells, as they are. */
export function cellNamer(
  map: ColumnMap,
): (cells: string[]) => { email: string; identifier?: string } {
  const path = addressPath(map);
  const emailIn = placeReader(map, path ? [{ path }] : []);
  const identifierIn = placeReader(map, otherKeys(map));
  return (cells) => {
    const email = emailIn(cells);
    const identifier = email === '' ? identifierIn(cells) : '';
    return { email, ...(identifier !== '' && { identifier }) };
  };
}

/** Reads the first text that a row has at the places; of a list the first entry. */
function placeReader(
  { columns }: ColumnMap,
  places: Pick<KeyPlace, 'path'>[],
): (cells: string[]) => string {
  const readers = places.flatMap((place) =>
    columns
      .filter((column) => givesKey(column, place))
      .map(({ index, target }) => ({ index, entry: 'path' in target ? target.entry : undefined }))
      .sort((a, b) => Number(a.entry ?? 0) - Number(b.entry ?? 0)),
  );
  return (cells) => {
    const texts = readers.flatMap(({ index, entry }) => {
      const cell = (cells[index] ?? '').trim();
      return entry === 'each' ? splitList(cell) : [cell];
    });
    return texts.find((text) => text !== '') ?? '';
  };
}
