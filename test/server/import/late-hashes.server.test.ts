/** Passwords that come after their users: `setPasswords`, on a real Kratos. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hashSync } from 'bcrypt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import { DEMO_SCHEMA_ID } from '../../../dev/servers/demo-schema.js';
import { isPlaceholderHash } from '../../../src/passwords/placeholder.js';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { canLogIn, createIdentity, identitiesOf } from '../../support/identities.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { undoImport } from '../../support/undo.js';
import { until } from '../../support/until.js';
import { Visitor } from '../../support/visitor.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const CHOSEN = 'chosen by the person themselves';

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url });
});

afterAll(() => world.close());

const oldPassword = (email: string) => `Old-secret-of-${email}`;
const hashOf = (email: string) => hashSync(oldPassword(email), 4);
const logsIn = (email: string, password: string) =>
  canLogIn(world.kratos.publicUrl, email, password);

async function adminOf(
  email: string,
  method = 'GET',
  more = '',
  body: string | null = null,
): Promise<Response> {
  const [user] = await identitiesOf(world.kratos.adminUrl, email);
  const url = `${world.kratos.adminUrl}/admin/identities/${user!.id}${more}`;
  return fetch(url, { method, body, headers: { 'content-type': 'application/json' } });
}

async function storedHash(email: string): Promise<string> {
  const answer = await adminOf(email, 'GET', '?include_credential=password');
  const { credentials } = (await answer.json()) as {
    credentials: { password: { config: { hashed_password: string } } };
  };
  return credentials.password.config.hashed_password;
}

/** Whether a patch can be made to depend on a user's credentials, as from v25.4 on. */
async function seesCredentials(email: string): Promise<boolean> {
  const patch = [{ op: 'remove', path: '/credentials/password/updated_at' }];
  return (await adminOf(email, 'PATCH', '', JSON.stringify(patch))).ok;
}

async function arrive(email: string): Promise<Visitor> {
  const visitor = new Visitor(world.kratos.publicUrl);
  await visitor.recoverByAdmin(world.kratos.adminUrl, email);
  return visitor;
}

async function choosePassword(email: string): Promise<void> {
  await (await arrive(email)).choosePassword(CHOSEN);
}

/** Users without a password, of an import that has not invited them yet. */
async function importWithout(name: string, emails: string[]): Promise<void> {
  await all.write(`${name}.csv`, ['email', ...emails, ''].join('\n'));
  expect((await all.run(name, { file: `${name}.csv` })).rows.created).toBe(emails.length);
}

/** The same people with their hashes. */
async function writeHashes(name: string, emails: string[]): Promise<void> {
  const rows = emails.map((email) => `${email},${hashOf(email)}`);
  await all.write(`${name}.csv`, ['email,password_hash', ...rows, ''].join('\n'));
}

const late = { setPasswords: 'placeholder' };

describe('a person who chooses a password while the import sets theirs', () => {
  /**
   * Holds the write of that number until the person has chosen. The second is one that nothing comes before: this Kratos
   * was never asked yet whether it compares.
   */
  async function raceAt(write: number, email: string): Promise<Record<string, string>> {
    const name = email.split('@')[0]!;
    await importWithout(name, [email]);
    await writeHashes(name, [email]);
    proxy.faults.writesLeft = write - 1;
    const handle = await all.start(`${name}-hashes`, { file: `${name}.csv`, ...late });
    await until(() => proxy.waiting > 0);
    await choosePassword(email);
    delete proxy.faults.writesLeft;
    const { folder } = (await handle.result()) as ReportSummary;
    return (await table(folder, 'results.csv'))[0]!;
  }

  test.each([2, 1])('never gets the one of the file (write %i)', async (write) => {
    const email = `race${write}@example.com`;
    const { outcome, code } = await raceAt(write, email);
    expect(await logsIn(email, oldPassword(email))).toBe(false);
    if (await seesCredentials(email)) {
      expect(outcome).toBe('skipped');
      expect(await logsIn(email, CHOSEN)).toBe(true);
    } else {
      // Kratos before v25.4 compares nothing: what was lost is told, and nobody has a password that they did not choose.
      expect([outcome, code]).toEqual(['left_alone', 'signed_in']);
      expect(isPlaceholderHash(await storedHash(email))).toBe(true);
    }
  });

  test('keeps the page on which they choose it', async () => {
    const email = 'page@example.com';
    await importWithout('page', [email]);
    const visitor = await arrive(email);
    await writeHashes('page', [email]);
    await all.run('page-hashes', { file: 'page.csv', ...late });
    await visitor.choosePassword(CHOSEN);
    expect(await logsIn(email, CHOSEN)).toBe(true);
    expect(await logsIn(email, oldPassword(email))).toBe(false);
  });
});

describe('hashes that come after their users', () => {
  const [first, second, third] = ['late1', 'late2', 'late3'].map((name) => `${name}@example.com`);
  const chose = 'late-chose@example.com';
  const others = 'late-others@example.com';
  let summary: ReportSummary;

  beforeAll(async () => {
    await importWithout('late', [first!, second!, third!, chose]);
    await createIdentity(world.kratos.adminUrl, DEMO_SCHEMA_ID, { email: others });
    await choosePassword(chose);
    const rows = [
      `${first},${hashOf(first!)},,auth0|1`,
      `${second},,${oldPassword(second!)},auth0|2`,
      `${third},${hashOf(third!)},,auth0|3`,
      `${chose},${hashOf(chose)},,auth0|4`,
      `${others},${hashOf(others)},,auth0|5`,
    ];
    const header = 'email,password_hash,initial_password,old_id';
    await all.write('hashes.csv', [header, ...rows, ''].join('\n'));
  });

  test('a live dry run says whose passwords would be set, and sets none', async () => {
    const { rows, otherChanges } = await all.run('late-dry', {
      file: 'hashes.csv',
      ...late,
      dryRun: 'live',
    });
    expect(rows).toMatchObject({ would_update: 3, would_skip: 2 });
    expect(otherChanges).toEqual({ password: { count: 3, lines: [2, 3, 4] } });
    expect(isPlaceholderHash(await storedHash(first!))).toBe(true);
  });

  test('are set for those who have none, and for nobody else', async () => {
    summary = await all.run('late-hashes', { file: 'hashes.csv', ...late });
    expect(summary.rows).toMatchObject({ updated: 3, skipped: 2 });
    // Whoever has a password needs no invitation to choose one.
    const results = await table(summary.folder, 'results.csv');
    expect(results.slice(0, 3).map(({ invitation }) => invitation)).toEqual([
      'none',
      'none',
      'none',
    ]);
    for (const email of [first!, second!, third!]) {
      expect(await logsIn(email, oldPassword(email))).toBe(true);
    }
    expect(await logsIn(chose, CHOSEN)).toBe(true);
    expect(await logsIn(chose, oldPassword(chose))).toBe(false);
    expect(await logsIn(others, oldPassword(others))).toBe(false);
  });

  test('leave the id that each user had before, beside the identity’s, whatever became of them', async () => {
    const map = await table(summary.folder, 'idmap.csv');
    const ids = await Promise.all(
      [first!, second!, third!, chose, others].map(async (email) => {
        const [user] = await identitiesOf(world.kratos.adminUrl, email);
        return user!.id;
      }),
    );
    expect(map).toEqual(
      ids.map((identity_id, i) => ({
        old_id: `auth0|${i + 1}`,
        identity_id,
        outcome: i < 3 ? 'updated' : 'skipped',
      })),
    );
  });

  test('are in the audit trail by the name of the field, without a hash', async () => {
    const text = await readFile(path.join(summary.folder, 'audit.jsonl'), 'utf8');
    const events = text.trimEnd().split('\n').slice(1, -1);
    expect(events.map((line) => JSON.parse(line) as object)).toMatchObject(
      [2, 3, 4].map((line) => ({
        event: 'user_import_updated',
        metadata: { line, changed: ['/credentials/password'], kinds: ['password'] },
      })),
    );
    expect(text).not.toContain('$2');
  });

  test('go with an undo of their run, but for a password that was chosen since', async () => {
    for (const email of [first!, second!]) await adminOf(email, 'DELETE', '/sessions');
    await choosePassword(third!);
    const { plan } = await undoImport(all, { workflowId: 'late-hashes' });
    expect(plan).toMatchObject({
      restored: 2,
      kept: 1,
      reasons: { password_set: { lines: [4] } },
    });
    expect(isPlaceholderHash(await storedHash(first!))).toBe(true);
    expect(await logsIn(second!, oldPassword(second!))).toBe(false);
    expect(await logsIn(third!, CHOSEN)).toBe(true);
  });
});
