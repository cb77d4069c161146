/**
 * What a user is known by: the address or, of a user without one, the first other identifier. By their key users are found
 * again, and are the same for the file, for Kratos and for whoever reads the results.
 */
import { addressPath, traitPathOf, type ColumnMap, type KeyPlace } from './columns.js';
import { normalizeIdentifier } from './email.js';
import { textOf } from './identifiers.js';
import type { ImportRow } from './identity.js';
import type { JsonObject } from './json-pointer.js';
import { valuesAt } from './json-pointer.js';
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
    const form = text && formOf(text, place);
    return text && form ? [{ place, text, form }] : [];
  });
}

function formOf(text: string, { isPhone }: KeyPlace): string {
  return (isPhone ? toE164(text) : undefined) ?? normalizeIdentifier(text);
}

/** Whether a user without an address signs in by codes that Kratos sends to their phone, and so needs no password. */
export function getsCodes(row: ImportRow, { keys }: Pick<ColumnMap, 'keys'>): boolean {
  if (row.email !== '') return false;
  return keys.some((place) => place.isPhone && keysAt(row.traits, place).length > 0);
}

/** The last column of results.csv and undo.csv, where users may be without an address. */
export const IDENTIFIER_COLUMN = 'identifier';

export function namesIdentifiers(map: ColumnMap): boolean {
  return map.keys.some(({ path }) => path.join() !== addressPath(map)?.join());
}

/** Reads the key of a row that was not imported from its cells, as they are. */
export function cellNamer(
  map: ColumnMap,
): (cells: string[]) => { email: string; identifier?: string } {
  const indexesOf = ({ path }: Pick<KeyPlace, 'path'>): number[] =>
    map.columns
      .filter((each) => traitPathOf(each)?.join() === path.join())
      .map(({ index }) => index);
  const address = addressPath(map);
  const ofAddress = address ? indexesOf({ path: address }) : [];
  const others = map.keys.flatMap(indexesOf).filter((index) => !ofAddress.includes(index));
  const first = (cells: string[], indexes: number[]): string =>
    indexes.map((index) => (cells[index] ?? '').trim()).find((text) => text !== '') ?? '';
  return (cells) => {
    const email = first(cells, ofAddress);
    const identifier = email === '' ? first(cells, others) : '';
    return { email, ...(identifier !== '' && { identifier }) };
  };
}
