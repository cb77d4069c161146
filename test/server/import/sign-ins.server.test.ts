/** Social sign-ins from the file to the person who signs in with them, and back by an undo. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOidcProvider, type OidcProvider } from '../../support/oidc-provider.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { undoImport } from '../../support/undo.js';
import { Visitor } from '../../support/visitor.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const COLUMNS = {
  ...{ google: 'sign_in.google', github: 'sign_in.github' },
  hook: 'password_migration_hook',
};
const HEADER = 'email,first_name,initial_password,google,github,hook';

let world: World;
let all: Imports;
let provider: OidcProvider;

beforeAll(async () => {
  provider = await startOidcProvider();
  world = await createWorld({
    providers: [provider.config('google'), provider.config('github')],
    passwordHook: { url: 'http://127.0.0.1:9/', method: 'POST' },
  });
  world.onClose(() => provider.close());
  all = await imports(world);
  await startWorker(world);
});

afterAll(() => world.close());

interface Stored {
  id: string;
  metadata_admin: { csv_import?: { invitation?: object } } | null;
  credentials: Record<string, { identifiers?: string[]; config?: Record<string, unknown> }>;
}

async function stored(identifier: string): Promise<Stored | undefined> {
  const { adminUrl } = world.kratos;
  const query = `credentials_identifier=${encodeURIComponent(identifier)}`;
  const found = await fetch(`${adminUrl}/admin/identities?${query}`);
  const [user] = (await found.json()) as Stored[];
  if (!user) return undefined;
  const whole = `${adminUrl}/admin/identities/${user.id}?include_credential=password`;
  return (await (await fetch(whole)).json()) as Stored;
}

/** As another program would. */
async function create(email: string, provider: string, subject: string): Promise<void> {
  const answer = await fetch(`${world.kratos.adminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      schema_id: 'demo',
      traits: { email },
      credentials: { oidc: { config: { providers: [{ provider, subject }] } } },
    }),
  });
  expect(answer.status).toBe(201);
}

const signInsOf = (user: Stored | undefined) => user?.credentials['oidc']?.identifiers?.toSorted();
const passwordOf = (user: Stored | undefined) => user?.credentials['password']?.config;
const csv = (...lines: string[]) => [HEADER, ...lines, ''].join('\n');

describe('social sign-ins', () => {
  let folder: string;
  const people = ['ann', 'ben', 'cid', 'dan', 'eve'].map((name) => `${name}@example.com`);

  test('come with their users, who need neither a placeholder nor a mail', async () => {
    await all.write(
      'people.csv',
      csv(
        `${people[0]},Ann,,1001,,`,
        `${people[1]},Ben,,1002,x:77,`,
        `${people[2]},Cid,long enough,1003,,`,
        `${people[3]},Dan,,,,`,
        `${people[4]},Eve,,,,yes`,
      ),
    );
    const summary = await all.run('people', { file: 'people.csv', columns: COLUMNS });
    folder = summary.folder;
    expect(summary.rows).toMatchObject({ created: 5 });
    expect((await table(folder, 'results.csv')).map(({ invitation }) => invitation)).toEqual([
      ...['none', 'none', 'none', 'due', 'none'],
    ]);
    const [ann, ben, cid, dan, eve] = await Promise.all(people.map(stored));
    expect([ann, ben, cid, dan].map(signInsOf)).toEqual([
      ['google:1001'],
      ['github:x:77', 'google:1002'],
      ['google:1003'],
      undefined,
    ]);
    expect(passwordOf(ann)).toEqual({});
    expect(passwordOf(cid)).toHaveProperty('hashed_password');
    expect(passwordOf(dan)).toHaveProperty('hashed_password');
    expect(passwordOf(eve)).toMatchObject({ use_password_migration_hook: true });
    expect(ann!.metadata_admin!.csv_import).not.toHaveProperty('invitation');
    expect(dan!.metadata_admin!.csv_import).toHaveProperty('invitation');
  });

  test('let their people in', async () => {
    for (const [subject, with_, email] of [
      ['1002', 'google', people[1]],
      ['x:77', 'github', people[1]],
    ] as const) {
      provider.account = { subject, email: 'elsewhere@example.com' };
      const id = await new Visitor(world.kratos.publicUrl).signInWith(with_);
      expect(id, subject).toBe((await stored(email!))!.id);
    }
  });

  test('that another user has fail their row alone, as a live dry run foresees', async () => {
    await create('holder@example.com', 'google', '2001');
    await all.write(
      'taken.csv',
      csv('new1@example.com,New,,2001,,', 'new2@example.com,New,,2002,,', 'ANN@example.com,A,,9,,'),
    );
    const input = { file: 'taken.csv', columns: COLUMNS, haltAboveFailureRate: 1 };
    for (const [id, dryRun, others] of [
      ['taken-live', 'live', ['would_create', 'would_skip']],
      ['taken', false, ['created', 'skipped']],
    ] as const) {
      const { folder: run } = await all.run(id, { ...input, dryRun });
      const results = await table(run, 'results.csv');
      expect(results.map(({ outcome }) => outcome)).toEqual(['failed', ...others]);
      expect(results[0]!.code).toBe('sign_in_taken');
    }
    expect(signInsOf(await stored('new2@example.com'))).toEqual(['google:2002']);
    expect(await stored('new1@example.com')).toBeUndefined();
  });

  test('of existing users stay as they are', async () => {
    await all.write('again.csv', csv(`${people[0]},Anna,,3001,3002,yes`));
    const input = { file: 'again.csv', mode: 'update', columns: COLUMNS };
    expect((await all.run('again', input)).rows).toMatchObject({ updated: 1 });
    const ann = await stored(people[0]!);
    expect([signInsOf(ann), passwordOf(ann)]).toEqual([['google:1001'], {}]);
    await undoImport(all, { workflowId: 'again' });
  });

  test('of a provider that Kratos does not have are refused before the first row', async () => {
    await all.write('gitlab.csv', 'email,gitlab\nnew3@example.com,1\n');
    const input = { file: 'gitlab.csv', columns: { gitlab: 'sign_in.gitlab' } };
    const { type, message } = await all.failure('gitlab', input);
    expect(type).toBe('ValidationFailed');
    expect(message).toContain('unknown_provider: 1 row (line 2)');
    const { rows } = await all.run('gitlab-too', { ...input, allow: ['unknown-provider'] });
    expect(rows).toMatchObject({ created: 1 });
  });

  test('that came with the import are undone with it, and people with more are kept', async () => {
    // An account is linked to Ann.
    const ann = (await stored(people[0]!))!;
    const answer = await fetch(`${world.kratos.adminUrl}/admin/identities/${ann.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...ann,
        credentials: { oidc: { config: { providers: [{ provider: 'github', subject: '88' }] } } },
      }),
    });
    expect(answer.status).toBe(200);
    await undoImport(all, { workflowId: 'people' });
    expect((await table(folder, 'undo.csv')).map(({ undone, reason }) => [undone, reason])).toEqual(
      [
        ['kept', 'credential_added'],
        ['kept', 'logged_in'],
        ['deleted', ''],
        ['deleted', ''],
        ['deleted', ''],
      ],
    );
  });
});
