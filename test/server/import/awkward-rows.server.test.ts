import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { RawValue } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../../dev/servers/demo-schema.js';
import { isPlaceholderHash } from '../../../src/passwords/placeholder.js';
import { allIdentities, canLogIn, createIdentity } from '../../support/identities.js';
import { failureOf, imports, table, type Imports } from '../../support/imports.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** The demo's schema with a second identifier and a list, through which a value reaches the database unseen. */
const schema = structuredClone(demoSchema) as unknown as {
  properties: { traits: { properties: Record<string, unknown> } };
};
Object.assign(schema.properties.traits.properties, {
  username: {
    type: 'string',
    'ory.sh/kratos': { credentials: { password: { identifier: true } } },
  },
  tags: { type: 'array', items: { type: 'string' } },
  nick: { type: 'string', pattern: '^([A-Za-z]+[ -]?)+$' },
});
const COLUMNS = { username: 'traits.username', tags: 'traits.tags' };

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { [DEMO_SCHEMA_ID]: schema } });
  all = await imports(world);
  await startWorker(world);
});

afterAll(() => world.close());

async function emailsById(): Promise<Map<string, unknown>> {
  const identities = await allIdentities(world.kratos.adminUrl);
  return new Map(identities.map(({ id, traits }) => [id, traits['email']]));
}

const fixture = (name: string): Promise<Buffer> =>
  readFile(path.join(import.meta.dirname, '../../fixtures', name));

describe('the sample files of the script that this project replaces', () => {
  test('the one with six columns imports as it is', async () => {
    await all.write('six.csv', await fixture('recipe-six-columns.csv'));
    const { rows, invitations } = await all.run('recipe-six', { file: 'six.csv' });
    expect(rows).toMatchObject({ total: 3, created: 3 });
    expect(invitations.due).toBe(2);
    expect(await canLogIn(world.kratos.publicUrl, 'alice@example.com', 'TempPass123!')).toBe(true);
  });

  test('the quoted one imports as it is, its description ignored with a warning', async () => {
    await all.write('quoted.csv', await fixture('recipe-quoted.csv'));
    const { rows, folder } = await all.run('recipe-quoted', { file: 'quoted.csv' });
    expect(rows).toMatchObject({ total: 1, skipped: 1 });
    const report = JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as {
      warnings: string[];
    };
    expect(report.warnings).toEqual(['unknown_column: column "description" is ignored']);
  });
});

test('a conflict costs the other rows of its batch nothing: each exists under the id that results.csv names', async () => {
  const existing = await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, {
    email: 'Taken@example.com',
  });
  const emails = Array.from({ length: 200 }, (_, i) =>
    i === 120 ? 'taken@example.com' : `batch${i}@example.com`,
  );
  await all.write('conflict.csv', ['email', ...emails, ''].join('\n'));
  const { rows, folder } = await all.run('conflict', { file: 'conflict.csv' });
  expect(rows).toMatchObject({ total: 200, created: 199, skipped: 1 });

  const stored = await emailsById();
  const results = await table(folder, 'results.csv');
  for (const { email, identity_id } of results) {
    expect(String(stored.get(identity_id!)).toLowerCase()).toBe(email);
  }
  expect(results[120]).toMatchObject({ outcome: 'skipped', identity_id: existing });
});

test('rows that would make Kratos refuse or crash a whole batch cost one row each', async () => {
  const good = Array.from({ length: 60 }, (_, i) => `good${i}@example.com,,,good${i},`);
  const lines = [
    'email,initial_password,password_hash,username,tags',
    ...good.slice(0, 30),
    `long@example.com,${'x'.repeat(73)},,long,`,
    'hash@example.com,,$2a$12$tooshort,hash,',
    'blank@example.com,,,"   ",',
    ...good.slice(30),
    // A half of a surrogate pair is valid JSON that Postgres cannot store: Kratos would answer 500 to all of the batch.
    'surrogate@example.com,,,surrogate,"[""\\ud800""]"',
    'nul@example.com,,,nul,"[""\\u0000""]"',
  ];
  await all.write('hostile.csv', `${lines.join('\n')}\n`);
  const { rows, folder } = await all.run('hostile', {
    file: 'hostile.csv',
    onInvalid: 'import-valid',
    columns: COLUMNS,
  });

  expect(await table(folder, 'rejects.csv')).toMatchObject([
    { email: 'long@example.com', import_line: '32', import_codes: 'password_too_long' },
    { email: 'hash@example.com', import_line: '33', import_codes: 'invalid_password_hash' },
    { email: 'surrogate@example.com', import_line: '65', import_codes: 'schema_violation' },
    { email: 'nul@example.com', import_line: '66', import_codes: 'schema_violation' },
  ]);
  expect(rows).toMatchObject({ total: 65, created: 61, invalid: 4 });
  const emails = new Set((await emailsById()).values());
  for (let i = 0; i < 60; i++) expect(emails).toContain(`good${i}@example.com`);
  expect(emails).toContain('blank@example.com');
});

test('hashes of another system log in with the passwords that they were made of', async () => {
  // htpasswd -nbB and a SHA-256 in Kratos's format, both of the word "correct horse".
  const { createHash } = await import('node:crypto');
  const bcrypt = (await import('bcrypt')).default;
  const sha = createHash('sha256').update('saltcorrect horse').digest('base64');
  const salted = `$sha256$pf=${Buffer.from('{SALT}{PASSWORD}').toString('base64')}$${Buffer.from('salt').toString('base64')}$${sha}`;
  const lines = [
    'email,password_hash,state',
    `bcrypt@example.com,${await bcrypt.hash('correct horse', 4)},`,
    `sha@example.com,${salted},`,
    `inactive@example.com,${await bcrypt.hash('correct horse', 4)},inactive`,
  ];
  await all.write('hashes.csv', `${lines.join('\n')}\n`);
  const { rows } = await all.run('hashes', { file: 'hashes.csv', markEmailVerified: true });
  expect(rows).toMatchObject({ created: 3 });
  const { publicUrl, adminUrl } = world.kratos;
  expect(await canLogIn(publicUrl, 'bcrypt@example.com', 'correct horse')).toBe(true);
  expect(await canLogIn(publicUrl, 'sha@example.com', 'correct horse')).toBe(true);
  const stored = await allIdentities(adminUrl);
  const byEmail = (email: string) => stored.find(({ traits }) => traits['email'] === email);
  expect(byEmail('inactive@example.com')?.state).toBe('inactive');
  expect(byEmail('sha@example.com')?.verifiable_addresses).toMatchObject([{ verified: true }]);
});

test('a hash in the column of passwords stops the run, with the way out in words', async () => {
  await all.write('hash.csv', await fixture('cases/09-hash-as-password/input.csv'));
  const columns = { password: 'password' };
  const failure = await all.failure('hash', { file: 'hash.csv', columns });
  expect(failure.message).toContain('hash_as_password: 6 rows (lines 2, 3, 4, 5, 6, 7)');
  expect(failure.message).toContain('the column password_hash');
  expect(failure.message).toContain('"allow":["hash-as-password"]');
  expect([...(await emailsById()).values()]).not.toContain('oli.hash@example.org');
});

test('a user without a password who is exported and imported elsewhere is without one there, too', async () => {
  const { adminUrl } = world.kratos;
  const hashOf = async (email: string): Promise<string> => {
    const user = (await allIdentities(adminUrl)).find(({ traits }) => traits['email'] === email)!;
    const answer = await fetch(
      `${adminUrl}/admin/identities/${user.id}?include_credential=password`,
    );
    const { credentials } = (await answer.json()) as {
      credentials: { password: { config: { hashed_password: string } } };
    };
    return credentials.password.config.hashed_password;
  };
  await all.write('without.csv', 'email\nwithout@example.com\n');
  await all.run('without', { file: 'without.csv' });
  const exported = await hashOf('without@example.com');

  await all.write('exported.csv', `email,password_hash\nexported@example.com,${exported}\n`);
  const { rows, invitations, folder } = await all.run('exported', { file: 'exported.csv' });
  expect(rows).toMatchObject({ created: 1 });
  expect(invitations.due).toBe(1);
  expect(await table(folder, 'results.csv')).toMatchObject([{ invitation: 'due' }]);
  const own = await hashOf('exported@example.com');
  expect(own).not.toBe(exported);
  expect(isPlaceholderHash(own)).toBe(true);
});

test('a Kratos without external_id is reported before any user is created', async () => {
  await all.write('external.csv', 'email,external_id\nexternal@example.com,42\n');
  const failure = await all.failure('external', { file: 'external.csv' });
  expect(failure.type).toBe('ValidationFailed');
  expect(failure.message).toMatch(/unsupported_target: .*metadata_admin\.external_id/);
  const { rows } = await all.run('external-mapped', {
    file: 'external.csv',
    columns: { external_id: 'metadata_admin.external_id' },
  });
  expect(rows).toMatchObject({ created: 1 });
});

describe('rows that were made to stop a worker', () => {
  test('are refused, and those among them are imported', async () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = [
      ['calm1@example.com', 'Ann Mary', '["a"]'],
      [' '.repeat(1_000_000), 'Bea', ''],
      ['backtrack@example.com', `${'a'.repeat(30_000)}!`, ''],
      ['deep@example.com', '', '['.repeat(7000) + ']'.repeat(7000)],
      ['escape@example.com', '\x1b[2J', ''],
      [`commas@example.com${','.repeat(1_000_000)}`],
      ...Array.from({ length: 20 }, (_, i) => [`long${i}@example.com`, 'n'.repeat(1_000_000), '']),
      ['calm2@example.com', 'Bob', ''],
    ];
    const text = rows.map((cells) => cells.map((cell, i) => (i > 0 ? quoted(cell) : cell)).join());
    await all.write('hostile.csv', `email,nick,tags\n${text.join('\n')}\n`);
    const columns = { nick: 'traits.nick', tags: 'traits.tags' };
    const input = { file: 'hostile.csv', columns, onInvalid: 'import-valid' };
    const { rows: counts, folder } = await all.run('hostile', input);
    expect(counts).toMatchObject({ total: 27, created: 2, invalid: 25, failed: 0 });
    const codes = (await table(folder, 'results.csv')).map(({ code }) => code);
    expect(codes.slice(0, 7)).toEqual([
      '',
      'value_too_long;invalid_email',
      'schema_violation',
      'value_too_long',
      'schema_violation',
      'wrong_column_count;value_too_long',
      'value_too_long',
    ]);
    expect([...(await emailsById()).values()]).toEqual(
      expect.arrayContaining(['calm1@example.com', 'calm2@example.com']),
    );
  });

  test('as an input nested 7,000 deep ends the run in words', async () => {
    const deep = `${'{"a":'.repeat(7000)}1${'}'.repeat(7000)}`;
    // Written by hand: the client cannot write it.
    const payload = {
      metadata: { encoding: Buffer.from('json/plain') },
      data: Buffer.from(`{"file":"hostile.csv","actor":"mallory","columns":${deep}}`),
    };
    const handle = await all.client.workflow.start('importUsers', {
      workflowId: 'deep',
      taskQueue: 'user-import',
      args: [RawValue.fromPayload(payload)],
    });
    const failure = await failureOf(handle);
    expect([failure.type, failure.message]).toEqual([
      'InvalidInput',
      expect.stringContaining('nested more than 16 deep') as string,
    ]);
  });
});
