/** Bringing the fields that an update changed back to what they were. */
import { isDeepStrictEqual } from 'node:util';
import {
  fromPointer,
  isObject,
  toPointer,
  valueAt,
  type JsonObject,
} from '../identity/json-pointer.js';
import type { IdentityFields, PatchOperation } from '../identity/identity.js';
import type { Change } from '../contract/import/outcomes.js';

/** Whether each changed field still holds what the update put there. */
export function isAsLeft(changes: Change[], fields: IdentityFields): boolean {
  return outermost(changes).every(({ path, after }) => isDeepStrictEqual(at(fields, path), after));
}

/** Whether each of them holds again what was there before. */
export function isAsBefore(changes: Change[], fields: IdentityFields): boolean {
  return outermost(changes).every(({ path, before }) =>
    isDeepStrictEqual(at(fields, path), before),
  );
}

/**
 * The JSON Patch that puts back what was there before. Objects that were made on the way are taken away again, unless
 * something else was put into them since.
 */
export function toRestoringPatch(changes: Change[], fields: IdentityFields): PatchOperation[] {
  const patch: PatchOperation[] = [];
  const restored = structuredClone(fields) as unknown as JsonObject;
  const carryOut = (operation: PatchOperation): void => {
    patch.push(operation);
    apply(restored, operation);
  };
  for (const { path, before, made } of outermost(changes).reverse()) {
    const steps = fromPointer(path);
    if (before !== undefined) {
      for (const place of missingParents(restored, steps)) {
        carryOut({ op: 'add', path: place, value: {} });
      }
      carryOut({ op: 'add', path, value: before });
    } else if (valueAt(restored, steps) !== undefined) carryOut({ op: 'remove', path });
    if (made) for (const emptied of emptyParents(restored, steps, made)) carryOut(emptied);
  }
  return patch;
}

/** The fields as they are once the patch is applied. */
export function patched(fields: IdentityFields, patch: PatchOperation[]): IdentityFields {
  const document = structuredClone(fields) as unknown as JsonObject;
  for (const operation of patch) apply(document, operation);
  return document as unknown as IdentityFields;
}

/** Changes that lie within none of the others, with all that was put there in the end. */
function outermost(changes: Change[]): Change[] {
  const isWithin = (inner: Change, outer: Change) => inner.path.startsWith(`${outer.path}/`);
  return changes
    .filter((change) => !changes.some((other) => isWithin(change, other)))
    .map((outer) => {
      const inner = changes.filter((change) => isWithin(change, outer));
      if (inner.length === 0) return outer;
      const held = { after: structuredClone(outer.after) };
      for (const { path, after } of inner) {
        put(held, ['after', ...fromPointer(path.slice(outer.path.length))], after);
      }
      return { ...outer, ...held };
    });
}

function missingParents(document: JsonObject, steps: string[]): string[] {
  return steps
    .slice(0, -1)
    .map((_, i) => steps.slice(0, i + 1))
    .filter((parent) => valueAt(document, parent) == null)
    .map(toPointer);
}

/** From the innermost on, as long as each is empty once the one within is gone. */
function* emptyParents(
  document: JsonObject,
  steps: string[],
  made: NonNullable<Change['made']>,
): Generator<PatchOperation> {
  for (let length = steps.length - 1; length > 0; length--) {
    const parent = steps.slice(0, length);
    const value = valueAt(document, parent);
    if (!isObject(value) || Object.keys(value).length > 0) return;
    const path = toPointer(parent);
    const isOutermost = path === made.path;
    yield isOutermost && made.was === null
      ? { op: 'replace', path, value: null }
      : { op: 'remove', path };
    if (isOutermost) return;
  }
}

function at(fields: IdentityFields, path: string): unknown {
  return valueAt(fields, fromPointer(path));
}

function apply(document: JsonObject, operation: PatchOperation): void {
  const steps = fromPointer(operation.path);
  if (operation.op !== 'remove') put(document, steps, operation.value);
  else {
    const parent = valueAt(document, steps.slice(0, -1));
    if (isObject(parent)) Reflect.deleteProperty(parent, steps.at(-1)!);
  }
}

function put(document: JsonObject, steps: string[], value: unknown): void {
  const last = steps.at(-1)!;
  let node = document;
  for (const step of steps.slice(0, -1)) {
    if (!isObject(node[step])) node[step] = {};
    node = node[step] as JsonObject;
  }
  node[last] = structuredClone(value);
}
