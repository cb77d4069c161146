/** Bringing the fields that an update changed back to what they were. */
import { isDeepStrictEqual } from 'node:util';
import {
  fromPointer,
  isObject,
  toPointer,
  valueAt,
  type JsonObject,
} from '../identity/json-pointer.js';
import type { FoundIdentity, IdentityFields, PatchOperation } from '../identity/identity.js';
import type { Change } from '../contract/import/outcomes.js';
import { MARK_PATH, markOf, ORIGIN_KEY, type SourceMark } from '../identity/origin.js';
import { isTouchedSince } from '../identity/source-match.js';

/** Whether each changed field still holds what the update put there. The mark of a source is nobody's work. */
export function isAsLeft(changes: Change[], fields: IdentityFields): boolean {
  return outermost(withoutMark(changes)).every(({ path, after }) =>
    isDeepStrictEqual(at(fields, path), after),
  );
}

/** Whether each of them holds again what was there before. */
export function isAsBefore(changes: Change[], fields: IdentityFields): boolean {
  return outermost(withoutMark(changes)).every(({ path, before }) =>
    isDeepStrictEqual(at(fields, path), before),
  );
}

/** Whether somebody has blocked a user since whom the source has deactivated: they are not let in again by an undo. */
export function isBlockedSince(
  changes: Change[],
  user: Pick<FoundIdentity, 'fields' | 'stateChangedAt'>,
): boolean {
  const isDeactivation = changes.some(
    ({ path, after }) => path === '/state' && after === 'inactive',
  );
  const mark = markOf(user.fields.metadata_admin);
  return isDeactivation && mark !== undefined && isTouchedSince(user, mark);
}

function withoutMark(changes: Change[]): Change[] {
  return changes.filter(({ path }) => path !== MARK_PATH);
}

/**
 * The JSON Patch that puts back what was there before. Objects that were made on the way are taken away again, unless
 * something else was put into them since. The mark of a source that a later run has written is not put back: its next
 * run is to look at the user.
 */
export function toRestoringPatch(changes: Change[], fields: IdentityFields): PatchOperation[] {
  const mark = changes.find(({ path }) => path === MARK_PATH);
  if (!mark || isSameMark(at(fields, MARK_PATH), mark.after) || isAdoptedOnly(mark, fields)) {
    return patchBack(changes, fields);
  }
  return [...patchBack(withoutMark(changes), fields), ...lookAgain(mark, changes, fields)];
}

/** The part of the patch that is the mark's, where all else is as before already. */
export function toRestoringMark(changes: Change[], fields: IdentityFields): PatchOperation[] {
  const mark = changes.find(({ path }) => path === MARK_PATH);
  const isRestored = !mark || isSameMark(at(fields, MARK_PATH), mark.before);
  return isRestored ? [] : toRestoringPatch([mark], fields);
}

/** But for when its user was deactivated, which an undo says anew. */
function isSameMark(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(dated(one, ''), dated(other, ''));
}

function dated(mark: unknown, at: string): unknown {
  if (!isObject(mark) || !isObject(mark['deactivated'])) return mark;
  return { ...mark, deactivated: { ...mark['deactivated'], at } };
}

/**
 * Whoever is made inactive again by an undo was deactivated just now, as Kratos sees it: with the old time, the next run
 * of the source would take that for a block by somebody else, and not let them in.
 */
export function datingDeactivation(patch: PatchOperation[], now: Date): PatchOperation[] {
  const blocks = patch.some(
    (each) => each.path === '/state' && each.op !== 'remove' && each.value === 'inactive',
  );
  if (!blocks) return patch;
  return patch.map((each) =>
    each.path === MARK_PATH && each.op !== 'remove'
      ? { ...each, value: dated(each.value, now.toISOString()) }
      : each,
  );
}

/** Whether the user is in the source only since this run took them in, and can sign in, as is due to whoever is in none. */
function isAdoptedOnly({ before, after }: Change, { metadata_admin }: IdentityFields): boolean {
  const mark = markOf(metadata_admin);
  const adopted = markIn(after)?.adopted;
  if (before !== undefined || !adopted || !mark || mark.deactivated) return false;
  return mark.name === markIn(after)?.name && mark.adopted?.runId === adopted.runId;
}

function markIn(source: unknown): SourceMark | undefined {
  return markOf({ [ORIGIN_KEY]: { source } });
}

/** What the source has left of the fields that are put back is not what is there now: that is no change by hand. */
function lookAgain(
  { after }: Change,
  changes: Change[],
  { metadata_admin }: IdentityFields,
): PatchOperation[] {
  const mark = markOf(metadata_admin);
  const isOwn = mark?.name === markIn(after)?.name;
  if (!mark || !isOwn) return [];
  const isPutBack = (path: string) => changes.some((change) => overlap(change.path, path));
  const left = Object.entries(mark.left).filter(([path]) => !isPutBack(path));
  const value = { ...mark, said: '', left: Object.fromEntries(left) };
  return [{ op: 'replace', path: MARK_PATH, value }];
}

/** Whether one of two places is the other, or lies within it. */
function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function patchBack(changes: Change[], fields: IdentityFields): PatchOperation[] {
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
