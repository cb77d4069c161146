import { describe, expect, it } from 'vitest';
import { toPointer } from '../../../src/identity/json-pointer.js';
import type { IdentityFields } from '../../../src/identity/identity.js';
import {
  changesAt,
  differencesOf,
  fieldsAfter,
  toPatch,
} from '../../../src/identity/differences.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { mapOf } from '../../support/candidates.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { applyPatch } from '../../support/json-patch.js';

const SCHEMA = schemaOf({
  username: USERNAME_TRAIT,
  role: { type: 'string' },
  age: { type: 'integer' },
  tags: { type: 'array' },
  name: { type: 'object', properties: { first: {}, last: {} } },
});

/** The changes that a row of one cell a column would make to the user in Kratos. */
function given(
  cells: Record<string, string>,
  columns: Record<string, string>,
  found: Partial<IdentityFields>,
) {
  const map = mapOf(Object.keys(cells), columns, SCHEMA);
  const check = createRowCheck({ map, schema: SCHEMA, roles: ['admin', 'user'], clear: '-/-' });
  const { importRow } = check(Object.values(cells));
  const fields = { traits: { email: 'ann@example.com' }, ...found };
  const changes = differencesOf(importRow, map, fields);
  return { changes, patch: toPatch(changes, fields), fields };
}

const EMAIL = { email: 'ann@example.com' };

describe('what an update changes', () => {
  it('is exactly what the file gives and differs, in the order of the columns', () => {
    const { changes, patch } = given(
      { role: 'admin', ...EMAIL, username: 'ann', age: '7' },
      { username: 'traits.username', age: 'traits.age' },
      { traits: { ...EMAIL, role: 'user', username: 'ann', other: 1 } },
    );
    expect(changes).toEqual([
      { path: '/traits/role', before: 'user', after: 'admin' },
      { path: '/traits/age', after: 7 },
    ]);
    expect(patch).toEqual([
      { op: 'replace', path: '/traits/role', value: 'admin' },
      { op: 'add', path: '/traits/age', value: 7 },
    ]);
  });

  it('is nothing when all is as the file says, however deep', () => {
    const { changes, patch } = given(
      { ...EMAIL, tags: '[{"a":1},null]', first: 'Ann' },
      { tags: 'traits.tags', first: 'traits.name.first' },
      { traits: { ...EMAIL, tags: [{ a: 1 }, null], name: { first: 'Ann', last: 'Lee' } } },
    );
    expect([changes, patch]).toEqual([[], []]);
  });

  it.each([
    ['01234', '1234'],
    ['+4917012345', '4917012345'],
    ['004917012345', '4917012345'],
    ['1234567890123456789', '1234567890123450000'],
    ['1234567890123456789', '1234567890123456800'],
  ])(
    'is nothing where a spreadsheet has made of %s in Kratos the %s of the file',
    (there, cell) => {
      const columns = { username: 'traits.username', zip: 'metadata_public.zip' };
      const { changes } = given({ ...EMAIL, username: cell, zip: cell }, columns, {
        traits: { ...EMAIL, username: there },
        metadata_public: { zip: there },
      });
      expect(changes).toEqual([]);
    },
  );

  it.each([
    ['1234', '01234'],
    ['01234', '12345'],
    ['1234567890123456789', '1234567890123456000'],
    ['A1', '1'],
    ['', '1'],
  ])('is another number in the place of %j: %j', (there, cell) => {
    const { changes } = given(
      { ...EMAIL, username: cell },
      { username: 'traits.username' },
      { traits: { ...EMAIL, username: there } },
    );
    expect(changes).toEqual([{ path: '/traits/username', before: there, after: cell }]);
  });

  it('takes a removed value out of the traits', () => {
    const columns = { first: 'traits.name.first' };
    const there = { traits: { ...EMAIL, name: { first: 'Ann', last: 'Lee' } } };
    const { changes, patch, fields } = given({ ...EMAIL, first: '-/-' }, columns, there);
    expect(fieldsAfter(changes, fields)).toEqual({ traits: { ...EMAIL, name: { last: 'Lee' } } });
    expect(applyPatch(fields, patch)).toEqual(fieldsAfter(changes, fields));
    expect(fields.traits).toEqual(there.traits);
  });

  it('has the type of the metadata that is there', () => {
    const { changes } = given(
      { ...EMAIL, age: '12', vip: 'no', count: 'many', note: '7' },
      Object.fromEntries(
        ['age', 'vip', 'count', 'note'].map((name) => [name, `metadata_public.${name}`]),
      ),
      { traits: EMAIL, metadata_public: { age: 12, vip: true, count: 3, note: '8' } },
    );
    expect(changes).toEqual([
      { path: '/metadata_public/vip', before: true, after: false },
      { path: '/metadata_public/count', before: 3, after: 'many' },
      { path: '/metadata_public/note', before: '8', after: '7' },
    ]);
  });

  it('is what a list lacks, where the file has columns of its entries, and all of it where one cell has it', () => {
    const user = { traits: { ...EMAIL, tags: ['a', 'b'] } };
    const entries = { first: 'traits.tags[0]', second: 'traits.tags[1]' };
    expect(given({ ...EMAIL, first: 'c', second: 'A' }, entries, user).changes).toEqual([
      { path: '/traits/tags', before: ['a', 'b'], after: ['a', 'b', 'c'] },
    ]);
    expect(given({ ...EMAIL, first: 'b', second: '' }, entries, user).changes).toEqual([]);
    const whole = { tags: 'traits.tags[]' };
    expect(given({ ...EMAIL, tags: 'b' }, whole, user).changes).toEqual([
      { path: '/traits/tags', before: ['a', 'b'], after: ['b'] },
    ]);
    expect(given({ ...EMAIL, tags: 'a; b' }, whole, user).changes).toEqual([]);
    // A word for no value keeps what is there.
    expect(given({ ...EMAIL, first: 'c', second: 'NULL' }, entries, user).changes).toEqual([]);
    expect(given({ ...EMAIL, tags: '-/-' }, whole, user).changes).toEqual([
      { path: '/traits/tags', before: ['a', 'b'], removed: true },
    ]);
  });

  it('is nothing for an empty cell, also where Kratos has a value', () => {
    const { changes } = given(
      { ...EMAIL, role: '', badge: '', state: '', external_id: '' },
      { badge: 'metadata_public.badge' },
      {
        traits: { ...EMAIL, role: 'user' },
        metadata_public: { badge: 1 },
        state: 'inactive',
        external_id: 'e-1',
      },
    );
    expect(changes).toEqual([]);
  });

  it('is the removal of what a cell clears, where there is something', () => {
    const { changes, patch } = given(
      { ...EMAIL, role: ' -/- ', first: '-/-', badge: '-/-', desk: '-/-', external_id: '-/-' },
      {
        first: 'traits.name.first',
        badge: 'metadata_public.badge',
        desk: 'metadata_admin.desk.number',
      },
      {
        traits: { ...EMAIL, role: 'user', name: { first: 'Ann', last: 'Lee' } },
        metadata_public: null,
        metadata_admin: { desk: 'a text' },
        external_id: 'e-1',
      },
    );
    expect(changes).toEqual([
      { path: '/traits/role', before: 'user', removed: true },
      { path: '/traits/name/first', before: 'Ann', removed: true },
      { path: '/external_id', before: 'e-1', removed: true },
    ]);
    expect(patch).toEqual(changes.map(({ path }) => ({ op: 'remove', path })));
  });

  it('is nothing for a word for no value, whether Kratos has a value or not', () => {
    const { changes } = given(
      { ...EMAIL, first: 'NULL', last: 'N/A', badge: '\\N', external_id: 'None' },
      { first: 'traits.name.first', last: 'traits.name.last', badge: 'metadata_public.badge' },
      {
        traits: { ...EMAIL, name: { first: 'Ann' } },
        metadata_public: { badge: 1 },
        external_id: 'e-1',
      },
    );
    expect(changes).toEqual([]);
  });

  it('is never the address, however it is written', () => {
    const { changes } = given(
      { email: ' Ann@Example.COM ', role: 'user' },
      {},
      { traits: { ...EMAIL, role: 'user' } },
    );
    expect(changes).toEqual([]);
  });

  it('is never a credential', () => {
    const hash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
    expect(given({ ...EMAIL, initial_password: 'long enough' }, {}, {}).changes).toEqual([]);
    expect(given({ ...EMAIL, password_hash: hash }, {}, {}).changes).toEqual([]);
  });

  it('is the state only where the file has a column for it', () => {
    const found = { state: 'inactive' };
    expect(given(EMAIL, {}, found).changes).toEqual([]);
    expect(given({ ...EMAIL, state: 'inactive' }, {}, found).changes).toEqual([]);
    expect(given({ ...EMAIL, state: 'active' }, {}, found).changes).toEqual([
      { path: '/state', before: 'inactive', after: 'active' },
    ]);
  });

  it('can be the external id, and another identifier than the address', () => {
    const { patch } = given(
      { ...EMAIL, external_id: 'e-2', username: 'ann' },
      { username: 'traits.username' },
      { traits: { ...EMAIL, username: 'anne' } },
    );
    expect(patch).toEqual([
      { op: 'add', path: '/external_id', value: 'e-2' },
      { op: 'replace', path: '/traits/username', value: 'ann' },
    ]);
  });

  it('distinguishes an empty value and null from no value', () => {
    const columns = { badge: 'metadata_public.badge' };
    for (const before of ['', null, 0, false, {}]) {
      const found = { metadata_public: { badge: before } };
      const { changes, patch } = given({ ...EMAIL, badge: '7' }, columns, found);
      const after = before === 0 ? 7 : '7';
      expect(changes).toEqual([{ path: '/metadata_public/badge', before, after }]);
      expect(patch[0]!.op).toBe('replace');
    }
  });
});

describe('a change below what is not there', () => {
  const columns = { floor: 'metadata_public.hr.floor', badge: 'metadata_public.hr.badge' };
  const cells = { ...EMAIL, floor: '3', badge: '7' };

  const [ROOT, HR] = ['/metadata_public', '/metadata_public/hr'];

  it.each<
    [what: string, found: Partial<IdentityFields>, parents: string[], wasNull?: { was: null }]
  >([
    ['no metadata at all', {}, [ROOT, HR]],
    ['null for metadata', { metadata_public: null }, [ROOT, HR], { was: null }],
    ['metadata without the parent', { metadata_public: { a: 1 } }, [HR]],
    ['null for the parent', { metadata_public: { a: 1, hr: null } }, [HR], { was: null }],
    ['the parent', { metadata_public: { a: 1, hr: { b: 2 } } }, []],
  ])(
    'makes parents once for two columns, and records the outermost: %s',
    (_what, found, parents, wasNull) => {
      const { changes, patch, fields } = given(cells, columns, found);
      const made = parents.length > 0 && { made: { path: parents[0], ...wasNull } };
      expect(changes).toEqual([
        { path: '/metadata_public/hr/floor', after: '3', ...made },
        { path: '/metadata_public/hr/badge', after: '7', ...made },
      ]);
      expect(patch).toEqual([
        ...parents.map((path) => ({ op: 'add', path, value: {} })),
        { op: 'add', path: '/metadata_public/hr/floor', value: '3' },
        { op: 'add', path: '/metadata_public/hr/badge', value: '7' },
      ]);
      const { a, hr } = applyPatch(fields, patch).metadata_public as Record<string, unknown>;
      const before = (found.metadata_public ?? {}) as Record<string, unknown>;
      expect([a, hr]).toEqual([
        before['a'],
        { ...(before['hr'] as object | null), floor: '3', badge: '7' },
      ]);
    },
  );

  it.each(['Main St 1', ['a'], 7, ''])(
    'replaces %j on the way, and records it once',
    (obstacle) => {
      const { changes, patch, fields } = given(cells, columns, {
        metadata_public: { hr: obstacle },
      });
      expect(changes).toEqual([
        { path: '/metadata_public/hr', before: obstacle, after: {} },
        { path: '/metadata_public/hr/floor', after: '3' },
        { path: '/metadata_public/hr/badge', after: '7' },
      ]);
      expect(applyPatch(fields, patch).metadata_public).toEqual({ hr: { floor: '3', badge: '7' } });
    },
  );

  it('makes a parent for each of two places', () => {
    const { patch } = given(
      { ...EMAIL, one: '1', two: '2' },
      { one: 'metadata_public.one', two: 'metadata_admin.two' },
      {},
    );
    expect(patch.map(({ path }) => path)).toEqual([
      '/metadata_public',
      '/metadata_public/one',
      '/metadata_admin',
      '/metadata_admin/two',
    ]);
  });
});

describe('a JSON pointer', () => {
  it.each([
    [['traits', 'a/b'], '/traits/a~1b'],
    [['traits', 'a~b'], '/traits/a~0b'],
    [['traits', '~1'], '/traits/~01'],
    [['state'], '/state'],
    [[], ''],
  ])('of %j is %s', (path, expected) => {
    expect(toPointer(path)).toBe(expected);
  });

  it('leads a patch to keys that hold slashes and tildes, and to their parents', () => {
    const columns = { x: 'metadata_public.a/b.c~d', y: 'metadata_public.a/b.~1' };
    const { patch, fields } = given({ ...EMAIL, x: '1', y: '2' }, columns, {});
    expect(applyPatch(fields, patch).metadata_public).toEqual({ 'a/b': { 'c~d': '1', '~1': '2' } });
  });
});

describe('the key of a row', () => {
  const renamed = { email: 'ann@example.org' };
  const map = mapOf(['email', 'role'], {}, SCHEMA);
  const row = { email: renamed.email, traits: renamed, metadataPublic: {}, metadataAdmin: {} };

  it('is changed only where the user was found by something else', () => {
    expect(differencesOf(row, map, { traits: EMAIL })).toEqual([]);
    expect(differencesOf(row, map, { traits: EMAIL }, { changesKey: true })).toEqual([
      { path: '/traits/email', before: EMAIL.email, after: renamed.email },
    ]);
  });
});

describe('a change of one field', () => {
  const at = '/metadata_admin/csv_import/source';
  const value = { name: 'hr' };

  it.each<[string, unknown, unknown[]]>([
    ['what is there', { csv_import: { source: { name: 'hr' } } }, []],
    [
      'another value',
      { csv_import: { source: { name: 'crm' } }, old_id: 1 },
      [{ path: at, before: { name: 'crm' }, after: value }],
    ],
    ['nothing', null, [{ path: at, after: value, made: { path: '/metadata_admin', was: null } }]],
    [
      'a text',
      'vip',
      [
        { path: '/metadata_admin', before: 'vip', after: {} },
        { path: at, after: value },
      ],
    ],
  ])('takes the place of %s', (_what, metadata_admin, expected) => {
    const fields = { traits: EMAIL, metadata_admin };
    const changes = changesAt(at, fields, value);
    expect(changes).toEqual(expected);
    const after = applyPatch(fields, toPatch(changes, fields));
    expect(after).toEqual(fieldsAfter(changes, fields));
    expect(changesAt(at, after, value)).toEqual([]);
  });
});
