/** People without an address: some have a user name, some a phone number; and people with lists of both. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allIdentities, canLogIn } from '../../support/identities.js';
import { EMAIL_TRAIT, schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { undoImport } from '../../support/undo.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const PHONE = {
  type: 'string',
  format: 'tel',
  'ory.sh/kratos': {
    credentials: { code: { identifier: true, via: 'sms' } },
    verification: { via: 'sms' },
  },
};
const optional = schemaOf(
  { username: USERNAME_TRAIT, phone: PHONE, name: { type: 'string' } },
  { required: [] },
);
const lists = schemaOf(
  {},
  {
    properties: {
      emails: { type: 'array', items: EMAIL_TRAIT },
      phones: { type: 'array', items: PHONE },
      name: { type: 'string' },
    },
    required: ['emails'],
  },
);

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld({ schemas: { default: optional.json, lists: lists.json } });
  all = await imports(world);
  await startWorker(world);
});
afterAll(() => world.close());

async function storedBy(trait: string) {
  const stored = await allIdentities(world.kratos.adminUrl);
  return new Map(stored.map((identity) => [String(identity.traits[trait]), identity]));
}

const fileOf = (lines: string[]): string => [...lines, ''].join('\n');

describe('a file without a column for addresses', () => {
  const HEADER = 'username,phone,first_name,phone_verified,initial_password';
  const columns = {
    username: 'traits.username',
    phone: 'traits.phone',
    first_name: 'traits.name',
    phone_verified: 'phone_verified',
  };
  const lines = [
    HEADER,
    'ann,+14155552671,Ann,true,Secret-of-ann',
    'ben,,Ben,,Secret-of-ben',
    ',+49 176 671 11638,Cleo,2024-03-01 10:00:00+00,',
    ',+491791234567,Dora,no,',
    'eve,,Eve,,',
  ];
  const input = { file: 'people.csv', columns, invitations: { send: 'after-import' } };

  test('is imported by what people sign in with, and says who cannot get in', async () => {
    await all.write('people.csv', fileOf(lines));
    const { rows, invitations, folder } = await all.run('first', input);
    expect(rows).toMatchObject({ total: 5, created: 5 });
    expect(invitations).toMatchObject({ due: 0, sent: 0, failed: 1 });
    const results = await table(folder, 'results.csv');
    expect(
      results.map(({ email, identifier, invitation }) => [email, identifier, invitation]),
    ).toEqual([
      ['', 'ann', 'none'],
      ['', 'ben', 'none'],
      ['', "'+49 176 671 11638", 'none'],
      ['', '+491791234567', 'none'],
      ['', 'eve', 'failed'],
    ]);
    expect(await canLogIn(world.kratos.publicUrl, 'ben', 'Secret-of-ben')).toBe(true);
    const stored = await storedBy('name');
    const verified = (name: string) => stored.get(name)!.verifiable_addresses?.[0]?.verified;
    expect(['Ann', 'Cleo', 'Dora'].map(verified)).toEqual([true, true, false]);
  });

  test('finds everybody again: skipped, foreseen, and updated', async () => {
    expect((await all.run('again', input)).rows).toMatchObject({ total: 5, skipped: 5 });
    const changed = lines.map((line) =>
      line.replace('+49 176 671 11638,Cleo', '+4917667111638,New'),
    );
    await all.write('people.csv', fileOf([...changed, 'fay,,Fay,,Secret-of-fay']));
    const update = { ...input, mode: 'update' };
    const live = await all.run('live', { ...update, dryRun: 'live' });
    expect(live.rows).toMatchObject({ would_update: 1, unchanged: 4, would_create: 1 });
    const { rows, folder } = await all.run('update', update);
    expect(rows).toMatchObject({ updated: 1, unchanged: 4, created: 1 });
    const [cleo] = (await table(folder, 'results.csv')).filter(
      ({ outcome }) => outcome === 'updated',
    );
    expect(cleo!['identity_id']).toBe((await storedBy('name')).get('New')!.id);
  });

  test('is undone, but for the one who has signed in', async () => {
    const { summary } = await undoImport(all, { workflowId: 'update' });
    expect(summary.undone).toMatchObject({ deleted: 1, restored: 1 });
    const { summary: first } = await undoImport(all, { workflowId: 'first' });
    expect(first.undone).toMatchObject({
      deleted: 4,
      kept: 1,
      reasons: { logged_in: { lines: [3] } },
    });
    const undone = await table(first.runs[0]!.folder, 'undo.csv');
    expect(undone.map(({ identifier, undone: how }) => [identifier, how])).toEqual([
      ['ann', 'deleted'],
      ['ben', 'kept'],
      ["'+49 176 671 11638", 'deleted'],
      ['+491791234567', 'deleted'],
      ['eve', 'deleted'],
    ]);
    expect([...(await storedBy('username')).keys()]).toEqual(['ben']);
  });
});

describe('a file of people with several addresses', () => {
  const columns = { mails: 'traits.emails[]', cell: 'traits.phones[0]', home: 'traits.phones[1]' };
  const input = { file: 'lists.csv', schemaId: 'lists', columns, markEmailVerified: true };
  const lines = [
    'mails,cell,home,initial_password',
    '"gus@example.com, gus2@example.com",+14155552672,+14155552673,Secret-of-gus',
    'hal@example.com,,+14155552674,Secret-of-hal',
  ];

  test('lets them sign in with each, and finds them again', async () => {
    await all.write('lists.csv', fileOf(lines));
    expect((await all.run('lists', input)).rows).toMatchObject({ created: 2 });
    for (const name of ['gus@example.com', 'gus2@example.com']) {
      expect(await canLogIn(world.kratos.publicUrl, name, 'Secret-of-gus'), name).toBe(true);
    }
    const [gus] = (await allIdentities(world.kratos.adminUrl)).filter(({ traits }) =>
      String(traits['emails']).startsWith('gus@'),
    );
    expect(gus!.traits['phones']).toEqual(['+14155552672', '+14155552673']);
    expect(gus!.verifiable_addresses!.filter(({ verified }) => verified)).toMatchObject([
      { value: 'gus@example.com' },
    ]);
    expect((await all.run('lists-again', input)).rows).toMatchObject({ skipped: 2 });
    expect((await all.run('lists-update', { ...input, mode: 'update' })).rows).toMatchObject({
      unchanged: 2,
    });
  });

  test('does not take the second address of another user', async () => {
    await all.write(
      'lists.csv',
      fileOf([lines[0]!, '"ida@example.com;gus2@example.com",,,Secret-of-ida']),
    );
    const live = await all.run('taken-live', { ...input, dryRun: 'live' });
    expect(live.rows).toMatchObject({ failed: 1 });
    expect((await all.run('taken', input)).rows).toMatchObject({ failed: 1 });
  });
});
