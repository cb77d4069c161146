/** References of a schema to places of its own. */
import { fromPointer, isObject, toPointer, valueAt, type JsonObject } from './json-pointer.js';

/** Levels of objects and lists. Far more than schemas have, and far fewer than end the stack of a recursion. */
export const MAX_SCHEMA_DEPTH = 100;

/** References that lead on to other references; more of them go in a circle. */
const MAX_REFERENCES = 20;

/**
 * The root, or a place below it. Kratos takes escapes such as `%61` for the letters they stand for, and `#/` for the
 * root.
 */
const FOLLOWED_REFERENCE = /^#(\/[^%]+)?$/;

/** @returns a schema with a `$ref` still in it where that leads to no place that is known: see `unfollowedReference` */
export function resolve(node: JsonObject, root: JsonObject): JsonObject {
  let here = node;
  for (let followed = 0; followed < MAX_REFERENCES; followed++) {
    const ref = here['$ref'];
    if (typeof ref !== 'string' || !FOLLOWED_REFERENCE.test(ref)) return here;
    const target = valueAt(root, fromPointer(ref.slice(1)));
    if (typeof target === 'boolean') return {};
    if (!isObject(target)) return here;
    here = target;
  }
  return here;
}

/** Where a schema has a `$ref` that is not followed; undefined where there is none. A JSON pointer. */
export function unfollowedPlace(root: JsonObject): string | undefined {
  const find = (node: unknown, path: string[]): string | undefined => {
    if (typeof node !== 'object' || node === null) return undefined;
    const isUnfollowed = isObject(node) && typeof resolve(node, root)['$ref'] === 'string';
    if (isUnfollowed || path.length > MAX_SCHEMA_DEPTH) return toPointer(path);
    for (const [key, child] of Object.entries(node)) {
      const found = find(child, [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(root, []);
}
