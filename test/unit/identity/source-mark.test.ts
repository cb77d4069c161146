import { describe, expect, it } from 'vitest';
import type { ColumnMap } from '../../../src/identity/columns.js';
import type { ImportRow } from '../../../src/identity/identity.js';
import { keyOf } from '../../../src/identity/keys.js';
import { mapColumns } from '../../../src/identity/map-columns.js';
import { markOf } from '../../../src/identity/origin.js';
import {
  governedPaths,
  isSettled,
  keyDigest,
  newMark,
  rowDigest,
  saidOf,
} from '../../../src/identity/source-mark.js';
import { FileAddresses } from '../../../src/validation/file-addresses.js';
import { createRowCheck } from '../../../src/validation/row.js';
import { PHONE_TRAIT, schemaOf } from '../../support/identity-schemas.js';

const SCHEMA = schemaOf({ first_name: { type: 'string' }, role: { type: 'string' } });

function mapFor(names: string[], options: Parameters<typeof mapColumns>[3] = {}): ColumnMap {
  const mapped = mapColumns(names, {}, SCHEMA, options);
  if (!mapped.ok) throw new Error(mapped.problem.message);
  return mapped.map;
}

function rowOf(map: ColumnMap, cells: string[], clear?: string): ImportRow {
  const { importRow, problems } = createRowCheck({ map, schema: SCHEMA, roles: ['user'], clear })(
    cells,
  );
  expect(problems).toEqual([]);
  return importRow;
}

const NAMES = ['email', 'first_name', 'old_id', 'password_hash', 'state'];
const HASH = '$2a$10$abcdefghijklmnopqrstuu5KfM1uG2GqJsk3DgoQWpIqL0pJ2Xj1m';
const OTHER_HASH = '$2a$10$zbcdefghijklmnopqrstuu5KfM1uG2GqJsk3DgoQWpIqL0pJ2Xj1m';

describe('the digest of a row', () => {
  const map = mapFor(NAMES);
  const digest = (...cells: string[]) => rowDigest(rowOf(map, cells, '-/-'), map).toString('hex');
  const ann = digest('ann@example.com', 'Ann', '7', HASH, 'active');

  it.each([
    ['another name', ['ann@example.com', 'Anne', '7', HASH, 'active'], false],
    ['another address', ['anne@example.com', 'Ann', '7', HASH, 'active'], false],
    ['another state', ['ann@example.com', 'Ann', '7', HASH, 'inactive'], false],
    ['a name that is to go', ['ann@example.com', '-/-', '7', HASH, 'active'], false],
    ['no name', ['ann@example.com', '', '7', HASH, 'active'], false],
    [
      'another password, which no update applies',
      ['ann@example.com', 'Ann', '7', OTHER_HASH, 'active'],
      true,
    ],
    ['no password', ['ann@example.com', 'Ann', '7', '', 'active'], true],
    ['blanks that are dropped', [' ann@example.com ', 'Ann', '7', HASH, 'active'], true],
  ])('of one with %s', (_what, cells, isSame) => {
    expect(digest(...cells) === ann).toBe(isSame);
  });

  it('is another where a default gives what the file has given', () => {
    const given = mapFor(['email', 'role']);
    const byDefault = mapFor(['email'], { defaults: { role: 'user' } });
    const one = rowOf(given, ['ann@example.com', 'user']);
    const other = rowOf(byDefault, ['ann@example.com']);
    expect(one).toEqual(other);
    expect(rowDigest(one, given)).not.toEqual(rowDigest(other, byDefault));
  });
});

describe('the fields that a row governs', () => {
  it('are those that it gives or clears, the key and defaults among them', () => {
    const map = mapFor(NAMES, { defaults: { role: 'user' } });
    const paths = (cells: string[]) => governedPaths(rowOf(map, cells, '-/-'), map).sort();
    expect(paths(['ann@example.com', '', '', HASH, ''])).toEqual(['/traits/email', '/traits/role']);
    expect(paths(['ann@example.com', '-/-', '7', '', 'active'])).toEqual([
      '/metadata_admin/old_id',
      '/state',
      '/traits/email',
      '/traits/first_name',
      '/traits/role',
    ]);
    expect(paths(['ann@example.com', 'NULL', '', '', ''])).toContain('/traits/first_name');
  });
});

describe('the digest of a key', () => {
  it('finds the row of the file that has it', () => {
    const schema = schemaOf({ phone: PHONE_TRAIT }, { required: [] });
    const mapped = mapColumns(['email', 'phone'], { phone: 'traits.phone' }, schema);
    if (!mapped.ok) throw new Error(mapped.problem.message);
    const { map } = mapped;
    const check = createRowCheck({ map, schema, roles: [] });
    const rows = [
      ['Ann@Example.com', ''],
      ['', '+49 30 901820'],
    ];
    const addresses = new FileAddresses();
    addresses.claim(
      rows.map((cells) => check(cells)),
      (i) => i + 2,
    );
    const lineOf = (cells: string[]) => {
      const digest = keyDigest(keyOf(check(cells).importRow.traits, map));
      return addresses.lineOfDigest(Buffer.from(digest, 'base64url'));
    };
    expect(lineOf([' ann@EXAMPLE.com', ''])).toBe(2);
    expect(lineOf(['', '+4930901820'])).toBe(3);
    expect(lineOf(['carl@example.com', '+4930901820'])).toBeUndefined();
  });

  it('is empty for nobody', () => {
    expect(keyDigest(undefined)).toBe('');
  });
});

describe('a mark', () => {
  const map = mapFor(['email', 'first_name']);
  const row = rowOf(map, ['ann@example.com', 'Ann']);
  const fields = { traits: { email: 'ann@example.com', first_name: 'Ann' }, state: 'active' };

  it('has another salt for each user, so that nobody sees who has the same name', () => {
    const [one, other] = [newMark('hr', row, map, fields), newMark('hr', row, map, fields)];
    expect(one.salt).not.toBe(other.salt);
    expect(one.said).not.toBe(other.said);
    expect(one.left).not.toEqual(other.left);
    expect(one.key).toBe(other.key);
    expect(JSON.stringify(one)).not.toMatch(/ann/i);
    expect(JSON.stringify(one).length).toBeLessThan(250);
  });

  it('keeps who adopted and who deactivated the user', () => {
    const run = { workflowId: 'nightly', runId: 'r', at: '2026-11-02T10:00:00Z' };
    const mark = {
      ...newMark('hr', row, map, fields),
      adopted: { ...run, actor: 'alice' },
      deactivated: run,
    };
    expect(newMark('hr', row, map, fields, { mark, kept: [] })).toEqual(mark);
  });

  it.each([
    ['whom the source has deactivated', { deactivated: { workflowId: 'w', runId: 'r', at: 'x' } }],
    ['who is to be looked at', { said: '' }],
  ])('settles nobody %s', (_what, more) => {
    const mark = { ...newMark('hr', row, map, fields), ...more };
    const user = { fields: { ...fields, metadata_admin: { csv_import: { source: mark } } } };
    expect(isSettled(mark, 'hr', rowDigest(row, map), user)).toBe(false);
    const whole = newMark('hr', row, map, fields);
    expect(isSettled(whole, 'hr', rowDigest(row, map), { fields })).toBe(true);
  });

  it('is none where somebody has put something else in its place', () => {
    const whole = newMark('hr', row, map, fields);
    const read = (source: unknown) => markOf({ csv_import: { source } });
    expect(read(whole)).toEqual(whole);
    for (const broken of [
      undefined,
      null,
      'hr',
      {},
      { ...whole, left: null },
      { ...whole, salt: 1 },
    ])
      expect(read(broken)).toBeUndefined();
    expect(isSettled(undefined, 'hr', rowDigest(row, map), { fields })).toBe(false);
  });

  it('has digests that tell nothing without its salt', () => {
    const digest = rowDigest(row, map);
    expect(saidOf('a', digest)).not.toBe(saidOf('b', digest));
    expect(saidOf('a', digest)).toMatch(/^[\w-]{22}$/);
  });
});
