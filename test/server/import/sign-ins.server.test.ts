/** Sign-ins from the file to the person who uses them, and back by an undo: accounts elsewhere, and passwords for a hook. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../dev/servers/ports.js';
import { startProcess } from '../../../dev/servers/process.js';
import { canLogIn } from '../../support/identities.js';
import { listens } from '../../support/listens.js';
import { until } from '../../support/until.js';
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
let hookUrl: string;

const HOOK = fileURLToPath(new URL('../../../examples/password-hook/server.mjs', import.meta.url));
const HOOK_SECRET = 'a secret of the hook, and of Kratos alone';
/** Users of a WordPress and of a Django, with the passwords that they have there. */
const HOOKED = [
  ['fay@example.com', 'test12345', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'],
  [
    'gus@example.com',
    'BigBike@2026',
    '$wp$2y$10$qeleDSuDaeZO5fBsEqFReeWdlqaDnBDBzB16hFgsFnhN9qFBIihvm',
  ],
  [
    'hal@example.com',
    'correct-horse-7',
    'bcrypt_sha256$$2b$12$lmIB01zh42AhJWK5Q/Z3SeaYYgYyqCvKx.QEIt8qUkDLc/ArzyUT.',
  ],
] as const;

beforeAll(async () => {
  provider = await startOidcProvider();
  hookUrl = `http://127.0.0.1:${await freePort()}/`;
  world = await createWorld({
    providers: [provider.config('google'), provider.config('github')],
    passwordHook: {
      url: hookUrl,
      method: 'POST',
      auth: {
        type: 'api_key',
        config: { name: 'X-Hook-Secret', value: HOOK_SECRET, in: 'header' },
      },
    },
  });
  world.onClose(() => provider.close());
  all = await imports(world);
  await startHook();
  await startWorker(world);
});

afterAll(() => world.close());

async function startHook(): Promise<void> {
  const dir = path.dirname(world.runs);
  const hashes = path.join(dir, 'hashes.csv');
  const lines = HOOKED.map(([email, , hash]) => `${email},${hash}\n`);
  await writeFile(hashes, lines.join(''), { mode: 0o600 });
  const { host, port } = new URL(hookUrl);
  const hook = await startProcess({
    name: 'hook',
    command: process.execPath,
    args: [HOOK],
    env: { PATH: process.env['PATH'], HOOK_SECRET, HASHES_FILE: hashes, PORT: port },
    logFile: path.join(dir, 'hook.log'),
  });
  world.onClose(() => hook.stop());
  await until(() => listens(host));
}

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

describe('passwords that Kratos cannot check', () => {
  const [fay] = HOOKED[0];

  test('let their people in through the hook, once; then by a hash of its own', async () => {
    await all.write('old.csv', csv(...HOOKED.map(([email]) => `${email},Old,,,,true`)));
    const { rows } = await all.run('old', { file: 'old.csv', columns: COLUMNS });
    expect(rows).toMatchObject({ created: 3 });
    const { publicUrl } = world.kratos;
    for (const [email, password] of HOOKED) {
      expect(await canLogIn(publicUrl, email, `${password}!`), email).toBe(false);
      expect(passwordOf(await stored(email))).toMatchObject({ hashed_password: '' });
      expect(await canLogIn(publicUrl, email, password), email).toBe(true);
      expect(passwordOf(await stored(email))?.['hashed_password']).toMatch(/^\$2a\$04\$/);
    }
  });

  test.each([
    ['no secret', {}, 401],
    ['another secret', { 'x-hook-secret': 'guessed' }, 401],
    ['the secret', { 'x-hook-secret': HOOK_SECRET }, 200],
  ])('are asked for with the secret alone: %s', async (_what, headers, status) => {
    const body = JSON.stringify({ identifier: ` ${fay.toUpperCase()} `, password: 'test12345' });
    const answer = await fetch(hookUrl, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
  });

  test.each([
    ['an unknown user', JSON.stringify({ identifier: 'x@example.com', password: 'x' }), 403],
    ['a password that is no text', JSON.stringify({ identifier: fay, password: 1 }), 400],
    ['what is no JSON', 'x', 400],
    ['a body beyond 16 KiB', 'x'.repeat(16 * 1024 + 1), 400],
  ])('are refused by the hook to %s', async (_what, body, status) => {
    const headers = { 'x-hook-secret': HOOK_SECRET };
    expect((await fetch(hookUrl, { method: 'POST', headers, body })).status).toBe(status);
  });

  test('count as taken into use once they are in Kratos, for an undo', async () => {
    const { summary } = await undoImport(all, { workflowId: 'old' });
    expect(summary.undone.reasons).toMatchObject({ password_set: { count: 3 } });
  });
});
