import { describe, expect, it } from 'vitest';
import type { Change, RowOutcome } from '../../../src/contract/import/outcomes.js';
import { MARK_PATH } from '../../../src/identity/origin.js';
import { changedRowReader } from '../../../src/import/changed-rows.js';
import { withoutPersons } from '../../../src/purge/without-persons.js';
import { identityOf } from '../../support/candidates.js';
import { resultOfAttempt } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const HEADER = 'email,first_name,role,tenant_id\n';
const ROW: RowOutcome = {
  ...{ line: 7, email: 'ann@example.com', outcome: 'updated', identityId: 'id-7' },
  invitation: 'none',
};

async function readerOf(tenants: string[] | undefined) {
  const { plan } = await PlannedRun.of(`${HEADER}ann@example.com,Ann,user,acme\n`, { tenants });
  const read = changedRowReader(plan);
  const placeOf = (name: string) => {
    const column = plan.map.columns.find((column) => column.name === name)!;
    if (!('path' in column.target)) throw new Error(`${name} has no path`);
    return `/${[column.target.to, ...column.target.path].join('/')}`;
  };
  return { read, placeOf };
}

const changed = (path: string, before: unknown, after: unknown): Change => ({
  path,
  before,
  after,
});

describe('the fields that a row changes', () => {
  it('are none of the mark of its source', async () => {
    const { read, placeOf } = await readerOf(undefined);
    const mark = changed(MARK_PATH, { name: 'hr' }, { name: 'hr' });
    expect(read({ ...ROW, changes: [mark] })).toBeUndefined();
    expect(read({ ...ROW, changes: [changed(placeOf('role'), 'user', 'admin'), mark] })).toEqual({
      ...{ line: 7, identityId: 'id-7' },
      fields: [{ path: 'traits.role', from: 'user', to: 'admin' }],
    });
  });

  it('are roles and tenants with their values, and the paths of all others', async () => {
    const { read, placeOf } = await readerOf(['acme', 'globex']);
    const changes = [
      changed(placeOf('first_name'), 'Zq9', 'Zq9secret'),
      changed(placeOf('role'), 'user', 'admin'),
      changed(placeOf('tenant_id'), 'globex', 'acme'),
    ];
    const row = read({ ...ROW, changes })!;
    expect(row).toMatchObject({ line: 7, identityId: 'id-7' });
    expect(row.fields.map(({ from, to }) => [from, to])).toEqual([
      ['user', 'admin'],
      ['globex', 'acme'],
      [undefined, undefined],
    ]);
    expect(row.fields[2]!.path).toBe(placeOf('first_name').slice(1).replaceAll('/', '.'));
    expect(JSON.stringify(row)).not.toContain('Zq9');
  });

  it('never name a role or a tenant that the worker does not know', async () => {
    const known = await readerOf(['acme']);
    const secrets = [
      changed(known.placeOf('role'), 'ann@example.com', 'admin'),
      changed(known.placeOf('tenant_id'), 'ann@example.com', 'acme'),
    ];
    expect(known.read({ ...ROW, changes: secrets })!.fields).toMatchObject([
      { from: '(other)', to: 'admin' },
      { from: '(other)', to: 'acme' },
    ]);
    const { read, placeOf } = await readerOf(undefined);
    const [field] = read({
      ...ROW,
      changes: [changed(placeOf('tenant_id'), 'acme', 'globex')],
    })!.fields;
    expect(field).toEqual({ path: placeOf('tenant_id').slice(1).replaceAll('/', '.') });
  });

  it('say that a password is set, and that there are more fields than are shown', async () => {
    const { read } = await readerOf(undefined);
    const password = { was: 'placeholder', digest: 'digest' };
    expect(read({ ...ROW, changes: [], password })!.fields).toEqual([
      { path: 'credentials.password' },
    ]);
    const many = Array.from({ length: 15 }, (_, i) => changed(`/traits/t${i}`, 1, 2));
    expect(read({ ...ROW, changes: many })).toMatchObject({ fields: { length: 12 }, more: 3 });
  });

  it.each([
    ['live dry run', { dryRun: 'live' }],
    ['update', {}],
  ])(
    'are in the result of a chunk of a %s, of as many kinds as there is room for',
    async (_, input) => {
      const kratos = new KratosInMemory();
      const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com`);
      for (const email of names)
        kratos.store(identityOf({ email, role: 'user', first_name: 'Old' }));
      const rows = names.map(
        (email, i) => `${email},${i === 4 ? 'New' : 'Old'},${i < 4 ? 'admin' : 'user'},`,
      );
      const file = `${HEADER}${rows.join('\n')}\n`;
      const given = { kratos, tenants: undefined, input: { mode: 'update', ...input } };
      const run = await PlannedRun.of(file, given);
      const { sample } = await resultOfAttempt(run, kratos, { mode: 'update' });
      expect(sample).toMatchObject([
        { line: 2, fields: [{ path: 'traits.role', from: 'user', to: 'admin' }] },
        { line: 3, fields: [{ path: 'traits.role' }] },
        { line: 6, fields: [{ path: 'traits.first_name' }] },
      ]);
      expect(JSON.stringify(sample)).not.toMatch(/Old|New/);
    },
  );

  it('are paths alone once the values were purged, and none for a row that changed nothing', async () => {
    const { read, placeOf } = await readerOf(undefined);
    const row = { ...ROW, changes: [changed(placeOf('role'), 'user', 'admin')] };
    expect(read(withoutPersons(row) as RowOutcome)!.fields).toEqual([
      { path: placeOf('role').slice(1).replaceAll('/', '.') },
    ]);
    expect(read({ ...ROW, outcome: 'unchanged' })).toBeUndefined();
    expect(read({ ...ROW, outcome: 'created' })).toBeUndefined();
  });
});
