/**
 * What a cell of JSON holds. The identifiers and addresses in it are held to what those are that have a column of their
 * own: people are found by them.
 */
import type { RowProblem, WarningCode } from '../contract/codes.js';
import { controlIn, isUnusual, typedForm } from '../identity/characters.js';
import { trimmed } from '../identity/email.js';
import { mapAt } from '../identity/json-pointer.js';
import { eachTrait, type IdentitySchema, type TraitUse } from '../identity/schema.js';
import { charactersOfKey } from './cell-characters.js';
import { lengthProblem } from './key-length.js';

interface ReadJson {
  /** As it is imported. */
  value: unknown;
  /** The reasons lack their beginning, the name of the trait. */
  refused: RowProblem[];
  notes: WarningCode[];
}

/** @param path the trait of the column */
export function jsonReader(schema: IdentitySchema, path: string[]): (value: unknown) => ReadJson {
  // Few columns hold any JSON.
  let keys: ReturnType<typeof keysWithin> | undefined;
  return (given) => {
    const read: ReadJson = { value: given, refused: [], notes: [] };
    if (textsIn(given).some((text) => controlIn(text) ?? HALF.test(text))) {
      const reason = 'holds a control character or half of a character';
      read.refused.push({ code: 'schema_violation', reason });
      return read;
    }
    keys ??= keysWithin(schema, path);
    for (const { below, use } of keys) {
      read.value = mapAt(read.value, below, (entry) =>
        typeof entry === 'string' ? readKey(entry, use, read) : entry,
      );
    }
    return read;
  };
}

/** A unit of UTF-16 without the one that makes a character with it, which Kratos's database does not take. */
const HALF = /\p{Surrogate}/u;

function readKey(text: string, use: TraitUse, { refused, notes }: ReadJson): string {
  const key = typedForm(trimmed(text));
  const found = isUnusual(key) ? charactersOfKey(key) : undefined;
  refused.push(...(found?.refused ?? []));
  notes.push(...(found?.notes ?? []));
  const reason = lengthProblem(key, use);
  if (reason !== undefined) refused.push({ code: 'value_too_long', reason });
  return key;
}

/** Where a value at the path has identifiers and addresses. */
function keysWithin(schema: IdentitySchema, path: string[]): { below: string[]; use: TraitUse }[] {
  const found = new Map<string, { below: string[]; use: TraitUse }>();
  eachTrait(schema, (at, use) => {
    if (!use.identifier && !use.address) return;
    if (at.length <= path.length || path.some((step, i) => step !== at[i])) return;
    const below = at.slice(path.length);
    const known = found.get(JSON.stringify(below));
    if (!known?.use.identifier) found.set(JSON.stringify(below), { below, use });
  });
  return [...found.values()];
}

/** All texts, the names of properties among them. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [name, ...textsIn(child)]);
}
