import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/identity/json-pointer.js';
import type { IdentityFields, ImportRow } from '../../../src/identity/identity.js';
import type { Change } from '../../../src/contract/import/outcomes.js';
import { differencesOf, fieldsAfter, toPatch } from '../../../src/identity/differences.js';
import type { Column, ColumnMap } from '../../../src/identity/columns.js';
import { applyPatch } from '../../support/json-patch.js';

type Json = Record<string, unknown>;

const ROOTS = {
  traits: 'traits',
  metadata_public: 'metadataPublic',
  metadata_admin: 'metadataAdmin',
};
type Root = keyof typeof ROOTS;

const step = fc.constantFrom('a', 'b', 'a/b', '~', '~1', '0');
const path = fc.array(step, { minLength: 1, maxLength: 3 });
const leaf = fc.oneof(
  fc.constantFrom('', 'x', 'y', 0, 7, true, null),
  fc.array(fc.constantFrom('x', 1), { maxLength: 2 }),
);
/** Objects within objects, null here and there where an object could be. */
const tree = fc.letrec<{ node: unknown; object: Json }>((tie) => ({
  object: fc.dictionary(step, tie('node'), {
    maxKeys: 4,
    depthIdentifier: 'tree',
    noNullPrototype: true,
  }),
  node: fc.oneof({ depthIdentifier: 'tree', maxDepth: 3 }, leaf, tie('object')),
})).object;

const columns = fc
  .array(
    fc.record({ to: fc.constantFrom<Root>('traits', 'metadata_public', 'metadata_admin'), path }),
    {
      maxLength: 6,
    },
  )
  // As the mapping of a header has it: no column goes where another goes, nor inside.
  .map((targets) =>
    targets.filter(
      (one, i) =>
        !targets.slice(0, i).some((other) => other.to === one.to && overlap(other.path, one.path)),
    ),
  );

const cell = fc.option(fc.oneof(leaf, tree), { nil: undefined });
const world = fc.record({
  columns,
  cells: fc.array(cell, { minLength: 6, maxLength: 6 }),
  plain: fc.record({
    external_id: fc.option(fc.constantFrom('e-1', 'e-2'), { nil: undefined }),
    state: fc.option(fc.constantFrom('active', 'inactive'), { nil: undefined }),
  }),
  found: fc.record(
    {
      traits: tree,
      metadata_public: fc.option(tree),
      metadata_admin: fc.option(tree),
      external_id: fc.constantFrom('e-1', 'e-2'),
      state: fc.constantFrom('active', 'inactive'),
    },
    { requiredKeys: ['traits'] },
  ),
});

function overlap(one: string[], other: string[]): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).join('\0') === other.slice(0, length).join('\0');
}

function place(object: Json, at: string[], value: unknown): void {
  const last = at.at(-1)!;
  let node = object;
  for (const key of at.slice(0, -1)) node = (node[key] ??= {}) as Json;
  node[last] = value;
}

/** Every leaf with its path; an object without keys is a leaf. */
function leaves(node: unknown, at: string[] = []): [string, unknown][] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    return [[at.join('\0'), node]];
  }
  return Object.entries(node).flatMap(([key, child]) => leaves(child, [...at, key]));
}

/** The fields as they were before, by what the changes say was there. */
function undone(fields: IdentityFields, changes: Change[]): Json {
  const back = structuredClone(fields) as unknown as Json;
  for (const { path: at, before } of changes.toReversed()) {
    const steps = at.slice(1).split('/').map(unescape);
    const parent = valueAt(back, steps.slice(0, -1)) as Json;
    if (before === undefined) Reflect.deleteProperty(parent, steps.at(-1)!);
    else parent[steps.at(-1)!] = before;
  }
  return back;
}

/** Without empty objects and nulls: an update makes objects where its fields need them. */
function withoutEmpty(node: unknown): unknown {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node ?? undefined;
  const children = Object.entries(node)
    .map(([key, child]) => [key, withoutEmpty(child)] as const)
    .filter(([, child]) => child !== undefined);
  return children.length === 0 ? undefined : Object.fromEntries(children);
}

describe('any row and any user', () => {
  it('differ in nothing once the patch is applied; nothing else has changed, and all can be undone', () => {
    fc.assert(
      fc.property(world, ({ columns: targets, cells, plain, found }) => {
        const fields = found as IdentityFields;
        const row = {
          email: 'ann@example.com',
          traits: {},
          metadataPublic: {},
          metadataAdmin: {},
          ...(plain.external_id && { externalId: plain.external_id }),
          ...(plain.state && { state: plain.state }),
        } as ImportRow;
        const mapped: Column['target'][] = [...targets, { to: 'external_id' }, { to: 'state' }];
        const map: ColumnMap = {
          width: mapped.length,
          columns: mapped.map((target, index) => ({ index, name: `column ${index}`, target })),
          rejectColumns: [],
          keys: [],
        };
        for (const [i, target] of targets.entries()) {
          if (cells[i] === undefined) continue;
          place(row[ROOTS[target.to] as 'traits'], target.path, cells[i]);
        }

        const changes = differencesOf(row, map, fields);
        const changed = applyPatch(fields, toPatch(changes, fields));

        expect(differencesOf(row, map, changed)).toEqual([]);
        expect(fieldsAfter(changes, fields)).toEqual(changed);
        const touched = changes.map((each) => each.path.slice(1).split('/').map(unescape));
        const elsewhere = (node: unknown) =>
          leaves(node).filter(([at]) => !touched.some((one) => overlap(one, at.split('\0'))));
        expect(elsewhere(changed)).toEqual(elsewhere(fields));
        expect(withoutEmpty(undone(changed, changes))).toEqual(withoutEmpty(fields));
      }),
      { numRuns: 1000 },
    );
  });
});

function unescape(text: string): string {
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}
