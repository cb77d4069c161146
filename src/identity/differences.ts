/** What an update would change of a user: exactly the fields that the file gives and that differ. */
import { isDeepStrictEqual } from 'node:util';
import {
  fromPointer,
  isObject,
  setAt,
  toPointer,
  valueAt,
  type JsonObject,
} from './json-pointer.js';
import type { IdentityFields, ImportRow, PatchOperation } from './identity.js';
import type { Change } from '../contract/import/outcomes.js';
import type { Column, ColumnMap } from './columns.js';
import { keyOf } from './keys.js';
import { mergedList, rootOf } from './list-cells.js';
import { isMangled } from './mangled.js';
import { traitReader } from './trait-value.js';

/**
 * @returns the changes in the order of the columns, none when nothing differs. An empty cell changes nothing, nor
 * does one that holds no value; credentials are never changed, nor is the key by which the user was found. A text
 * where a column needs an object gives way to one, which is a change of its own. A default is for a user who has no value
 * there: it is not the file that says it of this one
 * @param changesKey whether the user was found by something else than the key
 */
export function differencesOf(
  row: ImportRow,
  map: ColumnMap,
  found: IdentityFields,
  { changesKey = false } = {},
): Change[] {
  const replaced = new Set<string>();
  const key = toPointer(['traits', ...(keyOf(row.traits, map)?.place.path ?? [])]);
  const done = keptLists(row, map);
  return map.columns.flatMap((column): Change[] => {
    const field = fieldOf(column, row, found);
    if (!field || row.keepsExisting?.includes(column.index)) return [];
    const path = toPointer(field.path);
    if ((path === key && !changesKey) || done.has(path)) return [];
    done.add(path);
    if (row.cleared?.includes(column.index)) return removalOf(field.path, found);
    if (field.value === undefined) return [];
    const obstacle = obstacleOn(field.path, found);
    if (column.constant !== undefined && (obstacle || valueAt(found, field.path) !== undefined))
      return [];
    if (obstacle) {
      const isReplaced = replaced.has(obstacle.path);
      replaced.add(obstacle.path);
      return [...(isReplaced ? [] : [obstacle]), { path, after: field.value }];
    }
    const before = valueAt(found, field.path);
    const after = isMetadata(column) ? inTypeOf(before, field.value) : field.value;
    if (typeof after === 'string' && isMangled(after, before)) return [];
    return changesAt(path, found, after);
  });
}

/** @returns what puts a value at a path; nothing where it is there already */
export function changesAt(path: string, found: IdentityFields, after: unknown): Change[] {
  const steps = fromPointer(path);
  const before = valueAt(found, steps);
  if (isDeepStrictEqual(before, after)) return [];
  const obstacle = obstacleOn(steps, found);
  if (obstacle) return [obstacle, { path, after }];
  const made = missingOn(steps, found);
  return [{ path, ...(before !== undefined && { before }), after, ...(made && { made }) }];
}

function isMetadata({ target }: Column): boolean {
  return target.to === 'metadata_public' || target.to === 'metadata_admin';
}

/** No schema gives metadata a type, but the value that is there has one: for a program, the text `false` is true. */
function inTypeOf(before: unknown, text: unknown): unknown {
  const isTyped = typeof before === 'number' || typeof before === 'boolean';
  return isTyped && typeof text === 'string' ? traitReader({ type: typeof before })(text) : text;
}

/** Lists of which a column holds no value, although its cell is not empty. */
function keptLists({ keepsExisting = [] }: ImportRow, { columns }: ColumnMap): Set<string> {
  const kept = columns.filter(({ index }) => keepsExisting.includes(index));
  return new Set(
    kept.flatMap(({ target }) =>
      'path' in target && target.entry !== undefined ? toPointer([target.to, ...target.path]) : [],
    ),
  );
}

function removalOf(path: string[], found: IdentityFields): Change[] {
  if (obstacleOn(path, found)) return [];
  const before = valueAt(found, path);
  return before === undefined ? [] : [{ path: toPointer(path), before, removed: true }];
}

/** A user's fields once the changes are made. */
export function fieldsAfter(changes: Change[], found: IdentityFields): IdentityFields {
  const root = structuredClone(found) as IdentityFields & JsonObject;
  for (const { path, after, removed } of changes) {
    const steps = fromPointer(path);
    if (!removed) {
      setAt(root, steps, structuredClone(after));
      continue;
    }
    const parent = valueAt(root, steps.slice(0, -1));
    if (isObject(parent)) Reflect.deleteProperty(parent, steps.at(-1)!);
  }
  return root;
}

/** Whether any of the changes that were to be made is there. */
export function isAnyMade(changes: Change[], fields: IdentityFields): boolean {
  return changes.some(({ path, after }) =>
    isDeepStrictEqual(valueAt(fields, fromPointer(path)), after),
  );
}

/** A value on the way to a field that is no object, so that it cannot hold the field. */
function obstacleOn(path: string[], found: IdentityFields): Change | undefined {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length);
    const before = valueAt(found, parent);
    if (before === undefined || before === null) return undefined;
    if (!isObject(before)) return { path: toPointer(parent), before, after: {} };
  }
  return undefined;
}

/** The outermost object on the way to a field that is not there. */
function missingOn(path: string[], found: IdentityFields): Change['made'] {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length);
    const there = valueAt(found, parent);
    if (there === undefined) return { path: toPointer(parent) };
    if (there === null) return { path: toPointer(parent), was: null };
  }
  return undefined;
}

/** Where in an identity a column's value goes, and which it is, if any; undefined for what no update touches. */
function fieldOf(
  { target }: Column,
  row: ImportRow,
  found: IdentityFields,
): { path: string[]; value: unknown } | undefined {
  switch (target.to) {
    case 'traits':
    case 'metadata_public':
    case 'metadata_admin': {
      const path = [target.to, ...target.path];
      const value = valueAt(rootOf(row, target.to), target.path);
      // The list is one field, also where it has several columns: the first of them stands for all.
      if (typeof target.entry !== 'number' || !Array.isArray(value)) return { path, value };
      return { path, value: mergedList(valueAt(found, path), value) };
    }
    case 'external_id':
      return { path: ['external_id'], value: row.externalId };
    case 'state':
      return { path: ['state'], value: row.state };
    default:
      return undefined;
  }
}

/**
 * The JSON Patch that makes the changes. Objects on the way that are not there are made first, since a patch cannot add
 * below nothing.
 */
export function toPatch(changes: Change[], found: IdentityFields): PatchOperation[] {
  const made = new Set<string>();
  return changes.flatMap(({ path, before, after, removed }): PatchOperation[] => {
    if (removed) return [{ op: 'remove', path }];
    const steps = fromPointer(path);
    const parents = steps.slice(0, -1).flatMap((_, i): PatchOperation[] => {
      const parent = steps.slice(0, i + 1);
      const place = toPointer(parent);
      if (made.has(place) || isObject(valueAt(found, parent))) return [];
      made.add(place);
      return [{ op: 'add', path: place, value: {} }];
    });
    made.add(path);
    return [...parents, { op: before === undefined ? 'add' : 'replace', path, value: after }];
  });
}
