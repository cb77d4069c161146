import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Change } from '../../../src/contract/import/outcomes.js';
import type { IdentityFields, ImportRow } from '../../../src/identity/identity.js';
import { differencesOf, toPatch } from '../../../src/identity/differences.js';
import type { Column, ColumnMap } from '../../../src/identity/columns.js';
import { isAsBefore, isAsLeft, toRestoringPatch } from '../../../src/undo/restore.js';
import { applyPatch } from '../../support/json-patch.js';

type Json = Record<string, unknown>;

const step = fc.constantFrom('a', 'b', 'c', 'a/b', '~');
const leaf = fc.constantFrom('', 'x', 'y', 0, true, null);
/** Objects within objects, with other things where an object could be. */
const tree = fc.letrec<{ node: unknown; object: Json }>((tie) => ({
  object: fc.dictionary(step, tie('node'), {
    maxKeys: 3,
    depthIdentifier: 'tree',
    noNullPrototype: true,
  }),
  node: fc.oneof({ depthIdentifier: 'tree', maxDepth: 3 }, leaf, tie('object')),
})).object;

const cells = fc
  .uniqueArray(
    fc.record({
      path: fc.array(step, { minLength: 1, maxLength: 3 }),
      // A column without a value clears what is there.
      value: fc.constantFrom<unknown>('x', 'y', 7, true, undefined),
    }),
    { maxLength: 5, selector: ({ path }) => path.join('\n') },
  )
  // As the mapping of a header has it: no column goes inside another one's place.
  .map((all) =>
    all.filter(
      ({ path }, i) =>
        !all.some(
          (other, j) =>
            i !== j &&
            other.path.every((its, k) => path[k] === its) &&
            other.path.length <= path.length,
        ),
    ),
  );

const metadata = fc.option(tree, { nil: null });

function updateOf(placed: { path: string[]; value: unknown }[], fields: IdentityFields) {
  const columns = placed.map(({ path }, index): Column => {
    return { name: String(index), index, target: { to: 'metadata_public', path } };
  });
  const given: Json = {};
  for (const { path, value } of placed.filter((its) => its.value !== undefined)) {
    let node = given;
    for (const its of path.slice(0, -1)) node = (node[its] ??= {}) as Json;
    node[path.at(-1)!] = value;
  }
  const cleared = placed.flatMap(({ value }, index) => (value === undefined ? [index] : []));
  const row: ImportRow = {
    ...{ email: '', traits: {}, metadataPublic: given, metadataAdmin: {} },
    cleared,
  };
  const changes = differencesOf(row, { columns, keys: [] as unknown } as ColumnMap, fields);
  // As they are kept on disk.
  const kept = JSON.parse(JSON.stringify(changes)) as Change[];
  return { changes: kept, updated: applyPatch(fields, toPatch(changes, fields)) };
}

it('whatever an update changes, restoring brings back exactly', () => {
  fc.assert(
    fc.property(cells, metadata, (placed, metadata_public) => {
      const fields = { traits: { email: 'ann@example.com' }, metadata_public };
      const { changes, updated } = updateOf(placed, fields);
      expect(isAsLeft(changes, updated)).toBe(true);
      const restored = applyPatch(updated, toRestoringPatch(changes, updated));
      expect(restored).toEqual(fields);
      expect(isAsBefore(changes, restored)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('the values that other programs have added since stay, also in objects that the update made', () => {
  fc.assert(
    fc.property(cells, metadata, (placed, metadata_public) => {
      const fields = { traits: {}, metadata_public };
      const { changes, updated } = updateOf(placed, fields);
      fc.pre(changes.length > 0);
      const root = updated.metadata_public as Json;
      const since = { ...updated, metadata_public: { ...root, since: 1 } };
      const restored = applyPatch(since, toRestoringPatch(changes, since));
      expect((restored.metadata_public as Json)['since']).toBe(1);
      expect(isAsBefore(changes, restored)).toBe(true);
    }),
  );
});

it('nothing is restored over a later change, whatever else is unchanged', () => {
  fc.assert(
    fc.property(cells, metadata, (placed, metadata_public) => {
      const { changes, updated } = updateOf(placed, { traits: {}, metadata_public });
      fc.pre(changes.length > 0);
      const { path } = changes[0]!;
      const value = 'a later value';
      const since = applyPatch(updated, [{ op: 'add', path, value }]);
      expect(isAsLeft(changes, since)).toBe(false);
    }),
  );
});
