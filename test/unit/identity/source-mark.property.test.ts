import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column, ColumnMap } from '../../../src/identity/columns.js';
import { differencesOf, toPatch } from '../../../src/identity/differences.js';
import type { IdentityFields, ImportRow } from '../../../src/identity/identity.js';
import { fromPointer, isObject, setAt, valueAt } from '../../../src/identity/json-pointer.js';
import { rootOf } from '../../../src/identity/list-cells.js';
import { MARK_PATH } from '../../../src/identity/origin.js';
import {
  governedPaths,
  isDrifted,
  isSettled,
  newMark,
  rowDigest,
} from '../../../src/identity/source-mark.js';
import { applyPatch } from '../../support/json-patch.js';

/** Each its own field, so that no column goes where another one goes. */
const TARGETS: Column['target'][] = [
  ...['email', 'name', 'age'].map((step) => ({ to: 'traits' as const, path: [step] })),
  { to: 'traits', path: ['address', 'city/town'] },
  { to: 'traits', path: ['tags'], entry: 'each' },
  { to: 'metadata_public', path: ['plan'] },
  { to: 'metadata_admin', path: ['notes', 'first'] },
  { to: 'external_id' },
  { to: 'state' },
];
const MAP: ColumnMap = {
  width: TARGETS.length,
  columns: TARGETS.map((target, index) => ({ index, name: `column ${index}`, target })),
  rejectColumns: [],
  keys: [{ path: ['email'], isPhone: false }],
};

const value = fc.oneof(
  fc.constantFrom('', 'x', 'y', '7', 7, 0, true, 'ann@example.com'),
  fc.array(fc.constantFrom('x', 'y', 1), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 1, null), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
);
const cell = fc.oneof(
  { weight: 4, arbitrary: value.map((said) => ({ said })) },
  fc.constantFrom('empty' as const, 'cleared' as const, 'kept' as const),
);
const rows = fc
  .record({
    cells: fc.array(cell, { minLength: 7, maxLength: 7 }),
    externalId: fc.constantFrom(undefined, 'e-1', 'e-2'),
    state: fc.constantFrom(undefined, 'active' as const, 'inactive' as const),
  })
  .map(({ cells, externalId, state }) => {
    const row: ImportRow = { email: '', traits: {}, metadataPublic: {}, metadataAdmin: {} };
    for (const [index, each] of cells.entries()) {
      const target = TARGETS[index]!;
      if (each === 'empty' || !('path' in target)) continue;
      if (each === 'cleared') (row.cleared ??= []).push(index);
      else {
        const said = each === 'kept' ? 'NULL' : each.said;
        const isList = target.entry !== undefined;
        setAt(rootOf(row, target.to), target.path, isList ? [said].flat() : said);
        if (each === 'kept') (row.keepsExisting ??= []).push(index);
      }
    }
    if (externalId !== undefined) row.externalId = externalId;
    if (state !== undefined) row.state = state;
    return row;
  });

const users: fc.Arbitrary<IdentityFields> = fc.record(
  {
    traits: fc.dictionary(fc.constantFrom('email', 'name', 'age', 'address', 'tags'), value, {
      noNullPrototype: true,
    }),
    metadata_public: fc.constantFrom(null, { plan: 'x' }, { other: 1 }),
    metadata_admin: fc.constantFrom(null, { notes: { first: 'x', second: 2 } }, { a: 1 }),
    external_id: fc.constantFrom('e-1', 'e-2'),
    state: fc.constantFrom('active', 'inactive'),
  },
  { requiredKeys: ['traits', 'state'] },
);

/** The user once a source has brought them to what the row says, and left its mark. */
function broughtUp(row: ImportRow, found: IdentityFields) {
  const fields = applyPatch(found, toPatch(differencesOf(row, MAP, found), found));
  const mark = newMark('hr', row, MAP, fields);
  const marked = structuredClone(fields);
  marked.metadata_admin ??= {};
  setAt(marked as never, fromPointer(MARK_PATH), mark);
  return { mark, fields: marked };
}

/** The same user with more that no row speaks of. */
function withMore({ traits, metadata_public, metadata_admin, ...fields }: IdentityFields) {
  return {
    ...fields,
    traits: { ...traits, theme: 'dark' },
    metadata_public: { ...(metadata_public as object), theme: 'dark' },
    metadata_admin: { ...(metadata_admin as object), seen: 7 },
  };
}

/** The same value with the keys of its objects the other way round, as a database may give them back. */
function turned<Value>(node: Value): Value {
  if (Array.isArray(node)) return node.map(turned) as Value;
  if (!isObject(node)) return node;
  const entries = Object.entries(node).reverse();
  return Object.fromEntries(entries.map(([key, child]) => [key, turned(child)])) as Value;
}

/** What a row says, as plainly as it can be written down. */
function saidBy(row: ImportRow): unknown {
  const { traits, metadataPublic, metadataAdmin, externalId, state } = row;
  const { cleared = [], keepsExisting = [] } = row;
  return { traits, metadataPublic, metadataAdmin, externalId, state, cleared, keepsExisting };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isObject(node)) return node;
  const entries = Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}

describe('a user of a source', () => {
  it('is settled after a run, until the row says something else', () => {
    const seen = { same: 0, other: 0 };
    fc.assert(
      fc.property(rows, rows, users, (row, next, found) => {
        const { mark, fields } = broughtUp(row, found);
        expect(isSettled(mark, 'hr', rowDigest(turned(row), MAP), { fields: turned(fields) })).toBe(
          true,
        );
        const isSameRow = isSame(saidBy(row), saidBy(next));
        seen[isSameRow ? 'same' : 'other']++;
        expect(isSettled(mark, 'hr', rowDigest(next, MAP), { fields })).toBe(isSameRow);
        expect(isSettled(mark, 'payroll', rowDigest(row, MAP), { fields })).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(seen.other).toBeGreaterThan(0);
  });

  it('is settled as long as each field that the row governs is as it was left, whatever else is changed', () => {
    const seen = { drifted: 0, settled: 0 };
    fc.assert(
      fc.property(rows, users, fc.option(users), (row, found, others) => {
        const { mark, fields } = broughtUp(row, found);
        // Somebody has made another user of them, or has only written beside what the row governs.
        const changed = others ?? withMore(fields);
        const csv_import = valueAt(fields, ['metadata_admin', 'csv_import']);
        const admin = { ...(changed.metadata_admin as object), csv_import };
        const now: IdentityFields = { ...changed, metadata_admin: admin };
        const drifted = governedPaths(row, MAP).filter((pointer) => {
          const path = fromPointer(pointer);
          return !isSame(valueAt(now, path), valueAt(fields, path));
        });
        seen[drifted.length > 0 ? 'drifted' : 'settled']++;
        expect(isSettled(mark, 'hr', rowDigest(row, MAP), { fields: now })).toBe(
          drifted.length === 0,
        );
        const told = Object.keys(mark.left).filter((pointer) =>
          isDrifted(mark, pointer, valueAt(now, fromPointer(pointer))),
        );
        expect(told.sort()).toEqual(drifted.sort());
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.drifted, seen.settled)).toBeGreaterThan(0);
  });

  it('keeps what was left where their change is kept, with the salt of before', () => {
    fc.assert(
      fc.property(rows, users, fc.nat(), (row, found, choice) => {
        const { mark, fields } = broughtUp(row, found);
        const governed = governedPaths(row, MAP);
        const kept = governed[choice % governed.length];
        if (kept === undefined) return;
        const now = structuredClone(fields);
        const path = fromPointer(kept);
        if (!isObject(valueAt(now, path.slice(0, -1)))) return;
        setAt(now as never, path, 'changed by hand');
        const next = newMark('hr', row, MAP, now, { mark, kept: [kept] });
        expect(next).toEqual(mark);
        expect(isDrifted(next, kept, 'changed by hand')).toBe(true);
      }),
    );
  });
});

describe('the digest of a row', () => {
  it('is the same wherever the columns stand', () => {
    fc.assert(
      fc.property(
        rows,
        fc.shuffledSubarray(
          TARGETS.map((_, i) => i),
          { minLength: 9 },
        ),
        (row, order) => {
          const columns = order.map((from, index) => ({ ...MAP.columns[from]!, index }));
          const moved = (indexes: number[] | undefined) =>
            indexes && { list: indexes.map((from) => order.indexOf(from)) };
          const other: ImportRow = { ...row };
          const [cleared, kept] = [moved(row.cleared), moved(row.keepsExisting)];
          if (cleared) other.cleared = cleared.list;
          if (kept) other.keepsExisting = kept.list;
          expect(rowDigest(other, { ...MAP, columns })).toEqual(rowDigest(row, MAP));
        },
      ),
    );
  });
});
