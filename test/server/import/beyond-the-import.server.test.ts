/** An update that would reach further than it may: into other tenants, schemas and accounts. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allIdentities, createIdentity, type StoredIdentity } from '../../support/identities.js';
import { EMAIL_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { imports, progressOf, table, type Imports } from '../../support/imports.js';
import { steer } from '../../support/steering.js';
import { undoImport } from '../../support/undo.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const schema = schemaOf({
  role: { type: 'string' },
  tenant_id: { type: 'string' },
  username: USERNAME_TRAIT,
  backup: { ...EMAIL_TRAIT, 'ory.sh/kratos': { recovery: { via: 'email' } } },
});
const COLUMNS = { username: 'traits.username', backup: 'traits.backup' };
const HEADER = 'email,role,tenant_id,username,backup,state';
const INPUT = { columns: COLUMNS, mode: 'update', tenants: ['t1'] };

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { default: schema.json, staff: schema.json } });
  all = await imports(world);
  await startWorker(world);
  await createIdentity(world.kratos.adminUrl, 'default', {
    ...{ email: 'boss@example.com', role: 'admin', tenant_id: 't2' },
  });
  await createIdentity(world.kratos.adminUrl, 'default', { email: 'root@example.com' });
  await createIdentity(world.kratos.adminUrl, 'staff', { email: 'staff@example.com' });
  for (const name of ['blocked', 'victim', 'plain']) {
    await createIdentity(world.kratos.adminUrl, 'default', {
      ...{ email: `${name}@example.com`, role: 'user', tenant_id: 't1', username: name },
      backup: `${name}@example.org`,
    });
  }
  await patch('blocked', [{ op: 'replace', path: '/state', value: 'inactive' }]);
});

afterAll(() => world.close());

async function stored(name: string): Promise<StoredIdentity> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return identities.find(({ traits }) => traits['email'] === `${name}@example.com`)!;
}

async function patch(name: string, operations: object[]): Promise<void> {
  const { id } = await stored(name);
  const response = await fetch(`${world.kratos.adminUrl}/admin/identities/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(operations),
  });
  if (!response.ok) throw new Error(`patching: ${response.status}`);
}

const ATTACKS = [
  'boss@example.com,user,t1,,,', // an admin of another tenant
  'root@example.com,user,t1,,,', // someone above all tenants
  'staff@example.com,admin,t1,,,', // of another schema
  'blocked@example.com,user,t1,,,active',
  'victim@example.com,user,t1,,Thief@example.org,', // where the account is recovered
  'victim2@example.com,user,t1,victim,,', // by another identifier
  'plain@example.com,admin,t1,Renamed,,',
];
const EXPECTED = [
  ['left_alone', 'other_tenant'],
  ['left_alone', 'no_tenant'],
  ['left_alone', 'other_schema'],
  ['left_alone', 'activation_not_allowed'],
  ['left_alone', 'address_change_not_allowed'],
  ['failed', 'identifier_conflict'],
  ['left_alone', 'identifier_change_not_allowed'],
];

describe('an update beyond what it may', () => {
  beforeAll(() => all.write('attacks.csv', [HEADER, ...ATTACKS, ''].join('\n')));

  test.each(['live', false] as const)('changes nobody (dry run: %s)', async (dryRun) => {
    const before = await allIdentities(world.kratos.adminUrl);
    const id = `attacks-${dryRun}`;
    const { folder, rows, leftAlone } = await all.run(id, {
      ...INPUT,
      dryRun,
      file: 'attacks.csv',
    });
    expect(rows).toMatchObject({ left_alone: 6, failed: 1 });
    expect(leftAlone).toMatchObject({ other_tenant: { count: 1, lines: [2] } });
    const results = await table(folder, 'results.csv');
    expect(results.map(({ outcome, code }) => [outcome, code])).toEqual(EXPECTED);
    // The ids of users who are not this import's are in no file.
    expect(results.map(({ identity_id }) => identity_id !== '')).toEqual([
      ...[false, true, false, true, true, false, true],
    ]);
    expect(await allIdentities(world.kratos.adminUrl)).toEqual(before);
  });

  test('changes what it is allowed, records it, and an undo takes it back', async () => {
    const before = await allIdentities(world.kratos.adminUrl);
    const allow = ['activate', 'change-address', 'change-identifier'];
    const { folder, rows, roleChanges, otherChanges } = await all.run('allowed', {
      ...{ ...INPUT, allow, file: 'attacks.csv' },
    });
    expect(rows).toMatchObject({ left_alone: 3, updated: 3, failed: 1 });
    expect(roleChanges).toEqual([{ from: 'user', to: 'admin', count: 1, lines: [8] }]);
    expect(Object.keys(otherChanges).sort()).toEqual(['activated', 'address', 'identifier']);
    expect(await stored('blocked')).toMatchObject({ state: 'active' });
    expect((await stored('victim')).traits).toMatchObject({ backup: 'Thief@example.org' });

    const audit = await readFile(path.join(folder, 'audit.jsonl'), 'utf8');
    const updates = audit
      .split('\n')
      .filter((line) => line.includes('user_import_updated'))
      .map((line) => (JSON.parse(line) as { metadata: Record<string, unknown> }).metadata);
    expect(updates).toMatchObject([
      { line: 5, kinds: ['activated'] },
      { line: 6, kinds: ['address'] },
      { line: 8, kinds: ['identifier'], roles: [{ from: 'user', to: 'admin' }] },
    ]);
    expect(audit).not.toMatch(/@example|Renamed/);

    const { summary } = await undoImport(all, { workflowId: 'allowed' });
    expect(summary).toMatchObject({ undone: { restored: 3 } });
    const comparable = ({ id, state, traits }: StoredIdentity) => ({ id, state, traits });
    expect((await allIdentities(world.kratos.adminUrl)).map(comparable)).toEqual(
      before.map(comparable),
    );
  });
});

test('what a cell clears is gone, counted and brought back by an undo; a word for no value takes nothing', async () => {
  await patch('plain', [{ op: 'add', path: '/metadata_public', value: { desk: 7, floor: 2 } }]);
  const before = await stored('plain');
  const rows = ['email,role,username,backup,desk,floor', 'plain@example.com,-/-,-/-,,-/-,NULL'];
  await all.write('cleared.csv', `${rows.join('\n')}\n`);
  const input = {
    ...{ ...INPUT, file: 'cleared.csv', allow: ['change-identifier'], csv: { clear: '-/-' } },
    columns: { ...COLUMNS, desk: 'metadata_public.desk', floor: 'metadata_public.floor' },
  };
  const { folder, roleChanges, otherChanges } = await all.run('cleared', input);
  expect(await table(folder, 'results.csv')).toMatchObject([{ outcome: 'updated' }]);
  const { role: _, username: __, ...traits } = before.traits;
  expect(await stored('plain')).toMatchObject({ metadata_public: { floor: 2 } });
  expect((await stored('plain')).traits).toEqual(traits);
  expect(roleChanges).toEqual([{ from: 'user', to: '(none)', count: 1, lines: [2] }]);
  expect(Object.keys(otherChanges).sort()).toEqual(['cleared', 'identifier']);

  const { summary } = await undoImport(all, { workflowId: 'cleared' });
  expect(summary).toMatchObject({ undone: { restored: 1 } });
  const { traits: restored, metadata_public } = await stored('plain');
  expect([restored, metadata_public]).toEqual([before.traits, before.metadata_public]);
});

test('an approval for skipping existing users does not hold for updating them', async () => {
  const rows = ['plain@example.com,support,t1,,,', 'fresh@example.com,user,t1,,,'];
  await all.write('switched.csv', [HEADER, ...rows, ''].join('\n'));
  const handle = await all.start('switched', {
    ...{ ...INPUT, mode: 'skip', file: 'switched.csv', approval: 'required', chunkSize: 1 },
  });
  const isPending = async () => (await progressOf(handle)).phase === 'awaiting-approval';
  await until(isPending);
  await steer(handle, 'update', 'setMode', 'update');
  await steer(handle, 'update', 'approve');
  await until(isPending);
  const { notices } = await progressOf(handle);
  expect(notices.at(-1)?.text).toContain(
    'Existing users are to be updated, which was not approved.',
  );
  expect((await stored('plain')).traits).toMatchObject({ role: 'user' });
  await steer(handle, 'update', 'approve');
  expect(await handle.result()).toMatchObject({
    rows: { updated: 1, created: 1 },
    roleChanges: [{ from: 'user', to: 'support', count: 1, lines: [2] }],
  });
});

test('an approval in update mode tells what would change', async () => {
  await all.write('told.csv', [HEADER, 'plain@example.com,user,t1,,,', ''].join('\n'));
  const handle = await all.start('told', { ...INPUT, file: 'told.csv', approval: 'required' });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const { notices, plan } = await progressOf(handle);
  const told = 'Existing users known so far: 1; 1 would be updated (role support to user: 1).';
  expect(notices.at(-1)?.text).toContain(told);
  expect(plan.updates).toBe(told);
  await handle.signal('approve');
  expect(await handle.result()).toMatchObject({ rows: { updated: 1 } });
});
