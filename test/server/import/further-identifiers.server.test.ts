import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVERYTHING } from '../../support/candidates.js';
import { createUsers } from '../../support/existing-users.js';
import { allIdentities, type StoredIdentity } from '../../support/identities.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** A production schema as they are met: more than one identifier, nothing beyond what it names, no role, no tenant. */
const { id: SCHEMA_ID, json: schema } = schemaOf({
  username: USERNAME_TRAIT,
  phone: { ...USERNAME_TRAIT, maxLength: 30 },
  name: { type: 'string' },
});
const COLUMNS = {
  first_name: 'traits.name',
  username: 'traits.username',
  phone: 'traits.phone',
  role: 'metadata_public.role',
  tenant_id: 'metadata_admin.tenant',
};
const HEADER = 'email,first_name,role,tenant_id,username,phone,initial_password';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { [SCHEMA_ID]: schema } });
  all = await imports(world);
  await startWorker(world);
});

afterAll(() => world.close());

const csv = (lines: string[]): string => [HEADER, ...lines, ''].join('\n');

async function storedByEmail(): Promise<Map<string, StoredIdentity>> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return new Map(identities.map((identity) => [String(identity.traits['email']), identity]));
}

describe('a schema without a trait for the role and the tenant', () => {
  beforeAll(() =>
    all.write(
      'people.csv',
      csv([
        'ann@example.com,Ann,admin,t1,ann,+49301,Secret-of-ann',
        'bob@example.com,Bob,user,t1,bob,+49302,',
        'cleo@example.com,Cleo,,,,,',
      ]),
    ),
  );

  test('refuses the default mapping before the first create, and says which columns and what to do', async () => {
    const failure = await all.failure('default', { file: 'people.csv' });
    expect(failure).toMatchObject({ type: 'ValidationFailed', nonRetryable: true });
    expect(failure.message).toMatch(/^unmapped_trait: /);
    for (const column of ['first_name', 'role', 'tenant_id']) {
      expect(failure.message).toContain(`"${column}" (traits.${column})`);
      expect(failure.message).toContain(`"${column}":"metadata_public.${column}"`);
    }
    expect(failure.message).toContain('"columns"');
    expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
  });

  test('takes them as metadata', async () => {
    const { rows } = await all.run('mapped', { file: 'people.csv', columns: COLUMNS });
    expect(rows).toMatchObject({ total: 3, created: 3 });
    const stored = await storedByEmail();
    expect(stored.get('ann@example.com')).toMatchObject({
      traits: { email: 'ann@example.com', name: 'Ann', username: 'ann', phone: '+49301' },
      metadata_public: { role: 'admin' },
      metadata_admin: { tenant: 't1', csv_import: { workflowId: 'mapped', line: 2 } },
    });
    expect(stored.get('cleo@example.com')).toMatchObject({
      traits: { email: 'cleo@example.com', name: 'Cleo' },
      metadata_public: null,
    });
  });

  test('changes metadata in mode update, also where there was none, and keeps the origin', async () => {
    const before = await storedByEmail();
    await all.write(
      'people.csv',
      csv([
        'ann@example.com,Ann,user,t2,ann,+49301,',
        'bob@example.com,Bob,user,t1,bob,+49302,',
        'cleo@example.com,Cleo,support,t3,cleo,+49303,',
      ]),
    );
    const input = { file: 'people.csv', columns: COLUMNS, mode: 'update', allow: [...EVERYTHING] };
    const { rows, roleChanges } = await all.run('mapped-update', input);
    expect(rows).toMatchObject({ updated: 2, unchanged: 1 });
    expect(roleChanges).toEqual([
      { from: 'admin', to: 'user', count: 1, lines: [2] },
      { from: '(none)', to: 'support', count: 1, lines: [4] },
    ]);
    const after = await storedByEmail();
    const origin = (of: Map<string, StoredIdentity>, email: string): unknown =>
      of.get(email)?.metadata_admin?.['csv_import'];
    expect(after.get('ann@example.com')).toMatchObject({
      metadata_public: { role: 'user' },
      metadata_admin: { tenant: 't2', csv_import: origin(before, 'ann@example.com') },
    });
    expect(after.get('cleo@example.com')).toMatchObject({
      traits: { email: 'cleo@example.com', name: 'Cleo', username: 'cleo', phone: '+49303' },
      metadata_public: { role: 'support' },
      metadata_admin: { tenant: 't3', csv_import: origin(before, 'cleo@example.com') },
    });
    expect((await all.run('mapped-update', input)).rows).toMatchObject({ unchanged: 3 });
  });
});

test('two rows with one user name or phone: the second is refused, however it is written, and the others go on', async () => {
  const lines = Array.from({ length: 12 }, (_, i) => `pair${i}@example.com,,,,pair${i},,`);
  lines[3] = 'pair3@example.com,,,,same,+1 415 555 2671,';
  lines[6] = 'pair6@example.com,,,,SAME ,,';
  lines[9] = 'pair9@example.com,,,,,+14155552671,';
  await all.write('pairs.csv', csv(lines));
  const input = { file: 'pairs.csv', columns: COLUMNS, onInvalid: 'import-valid' };
  const { rows, folder } = await all.run('pairs', input);
  expect(rows).toMatchObject({ created: 10, invalid: 2, failed: 0 });
  expect(await table(folder, 'rejects.csv')).toMatchObject([
    {
      import_line: '8',
      import_codes: 'duplicate_identifier',
      import_reason: 'the trait username is an identifier of line 5',
    },
    {
      import_line: '11',
      import_codes: 'duplicate_identifier',
      import_reason: 'the trait phone is an identifier of line 5',
    },
  ]);
});

describe('a user name that another user has', () => {
  beforeAll(() =>
    createUsers(
      world.kratos.adminUrl,
      SCHEMA_ID,
      [
        { traits: { email: 'holder@example.com', username: 'Wanted' } },
        { traits: { email: 'holder2@example.com', username: 'Wanted2' } },
        { traits: { email: 'taker@example.com', username: 'taker', name: 'Old' } },
        { traits: { email: 'other@example.com', username: 'other', name: 'Old' } },
      ],
      'old password',
    ),
  );

  const lines = [
    'taker@example.com,New,user,t1,wanted,+777,',
    'other@example.com,New,user,t1,other2,,',
    'fresh@example.com,New,user,t1,WANTED2,,',
    'alright@example.com,New,user,t1,alright,,',
  ];
  const input = { file: 'wanted.csv', columns: COLUMNS, mode: 'update', allow: [...EVERYTHING] };

  test('is foreseen by a live dry run', async () => {
    await all.write('wanted.csv', csv(lines));
    const { folder } = await all.run('wanted-live', { ...input, dryRun: 'live' });
    const results = await table(folder, 'results.csv');
    expect(results.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'identifier_conflict'],
      ['would_update', ''],
      ['failed', 'identifier_conflict'],
      ['would_create', ''],
    ]);
  });

  test('cannot be taken by an update or a create: that row fails alone, and nothing of its user is changed', async () => {
    await all.write('wanted.csv', csv(lines));
    const before = await storedByEmail();
    const { rows, folder } = await all.run('wanted', input);
    expect(rows).toMatchObject({ updated: 1, created: 1, failed: 2 });
    const results = await table(folder, 'results.csv');
    expect(results.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['failed', 'identifier_conflict'],
      ['updated', ''],
      ['failed', 'identifier_conflict'],
      ['created', ''],
    ]);
    const after = await storedByEmail();
    for (const email of ['taker@example.com', 'holder@example.com']) {
      expect(after.get(email), email).toEqual(before.get(email));
    }
    expect(after.get('other@example.com')?.traits).toMatchObject({
      name: 'New',
      username: 'other2',
    });
    expect(after.has('fresh@example.com')).toBe(false);
    // Corrected, the rejected rows are a valid input again.
    const rejects = await table(folder, 'rejects.csv');
    expect(rejects.map(({ email }) => email)).toEqual(['taker@example.com', 'fresh@example.com']);
    expect(path.basename(folder)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('names that swap their holders in one chunk cost those two rows, and no other', async () => {
    await all.write(
      'swap.csv',
      csv([
        'holder@example.com,Swapped,user,t1,taker,,',
        'taker@example.com,Swapped,user,t1,wanted,,',
        'alright@example.com,Renamed,user,t1,alright,,',
      ]),
    );
    const { folder } = await all.run('swap', { ...input, file: 'swap.csv' });
    const results = await table(folder, 'results.csv');
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'updated']);
    const stored = await storedByEmail();
    expect(stored.get('holder@example.com')?.traits['username']).toBe('Wanted');
    expect(stored.get('taker@example.com')?.traits['username']).toBe('taker');
  });
});
