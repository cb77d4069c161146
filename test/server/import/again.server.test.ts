import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { canLogIn, identitiesOf, type StoredIdentity } from '../../support/identities.js';
import { imports, table, wasCancelled, type Imports } from '../../support/imports.js';
import { carryTo } from '../../support/steering.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const COLUMNS = [
  'email',
  'first_name',
  'last_name',
  'role',
  'tenant_id',
  'state',
  'initial_password',
] as const;
type Person = Record<(typeof COLUMNS)[number], string>;

const ROWS = 60;

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

/** People of whom every third has no password and so is due an invitation. */
function people(prefix: string, rows = ROWS): Person[] {
  return Array.from({ length: rows }, (_, i) => ({
    email: `${prefix}${i}@example.com`,
    first_name: `First ${i}`,
    last_name: `Last ${i}`,
    role: 'user',
    tenant_id: `t${i % 3}`,
    state: '',
    initial_password: i % 3 === 0 ? '' : `Secret-of-${prefix}${i}`,
  }));
}

async function write(name: string, rows: Person[]): Promise<void> {
  const lines = rows.map((row) => COLUMNS.map((column) => row[column]).join(','));
  await all.write(name, [COLUMNS.join(','), ...lines, ''].join('\n'));
}

/** The same people with other cells in some rows. */
function changed(rows: Person[], changes: Record<number, Partial<Person>>): Person[] {
  return rows.map((row, i) => ({ ...row, ...changes[i] }));
}

async function storedOf(prefix: string): Promise<Map<string, StoredIdentity>> {
  const own = await identitiesOf(world.kratos.adminUrl, prefix);
  const byEmail = new Map(own.map((identity) => [String(identity.traits['email']), identity]));
  expect(byEmail.size).toBe(own.length);
  return byEmail;
}

/** All that Kratos has of these people. */
async function snapshotOf(prefix: string): Promise<unknown> {
  return Object.fromEntries([...(await storedOf(prefix))].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function outcomesOf(folder: string): Promise<(string | undefined)[]> {
  return (await table(folder, 'results.csv')).map(({ outcome }) => outcome);
}

async function reportOf(folder: string): Promise<Record<string, unknown>> {
  const text = await readFile(path.join(folder, 'report.json'), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

describe('the same file again', () => {
  const rows = people('again');
  const input = { file: 'again.csv', chunkSize: 25 };

  beforeAll(async () => {
    await write('again.csv', rows);
    expect((await all.run('again', input)).rows).toMatchObject({ created: ROWS });
  });

  test('creates no user and changes nothing; users who are still due an invitation are counted as due', async () => {
    const before = await snapshotOf('again');
    const { rows: counts, folder } = await all.run('again', input);
    expect(counts).toMatchObject({ total: ROWS, created: 0, skipped: ROWS });
    const results = await table(folder, 'results.csv');
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
    expect(results.map(({ invitation }) => invitation)).toEqual(
      rows.map(({ initial_password }) => (initial_password === '' ? 'due' : 'none')),
    );
    expect(await snapshotOf('again')).toEqual(before);
  });

  test('with mode update changes exactly the fields that differ, and the same once more changes nothing', async () => {
    const before = await storedOf('again');
    await write(
      'again.csv',
      changed(rows, {
        3: { first_name: 'Other' },
        // An empty cell changes nothing, so the last name stays.
        20: { role: 'support', last_name: '' },
        59: { tenant_id: 't9', state: 'inactive' },
      }),
    );
    const update = { ...input, mode: 'update' };
    const first = await all.run('again', update);
    expect(first.rows).toMatchObject({ updated: 3, unchanged: ROWS - 3, created: 0, skipped: 0 });
    const updated = [3, 20, 59];
    expect(await outcomesOf(first.folder)).toEqual(
      rows.map((_, i) => (updated.includes(i) ? 'updated' : 'unchanged')),
    );
    const due = rows.map(({ initial_password }) => (initial_password === '' ? 'due' : 'none'));
    const results = await table(first.folder, 'results.csv');
    expect(results.map(({ invitation }) => invitation)).toEqual(due);
    expect((await reportOf(first.folder))['roleChanges']).toEqual([
      { from: 'user', to: 'support', count: 1, lines: [22] },
    ]);

    const after = await storedOf('again');
    const expected: Record<number, [Record<string, string>, string]> = {
      3: [{ first_name: 'Other' }, 'active'],
      20: [{ role: 'support' }, 'active'],
      59: [{ tenant_id: 't9' }, 'inactive'],
    };
    for (const [i, { email }] of rows.entries()) {
      const [traits, state] = expected[i] ?? [{}, 'active'];
      const was = before.get(email)!;
      expect(after.get(email), email).toMatchObject({
        id: was.id,
        state,
        metadata_admin: was.metadata_admin,
      });
      expect(after.get(email)?.traits, email).toEqual({ ...was.traits, ...traits });
    }

    const second = await all.run('again', update);
    expect(second.rows).toMatchObject({ unchanged: ROWS, updated: 0, created: 0, skipped: 0 });
    expect(new Set(await outcomesOf(second.folder))).toEqual(new Set(['unchanged']));
  });
});

test('a password in the file is for a new user: it changes no credential', async () => {
  const rows = people('login', 4);
  await write('login.csv', rows);
  await all.run('login', { file: 'login.csv' });
  const { email, initial_password } = rows[1]!;
  const others = rows.map((row) => ({ ...row, initial_password: 'Another-password-1' }));
  await write('login.csv', others);
  for (const mode of ['skip', 'update']) {
    await all.run('login', { file: 'login.csv', mode });
    const { publicUrl } = world.kratos;
    expect(await canLogIn(publicUrl, email, initial_password), mode).toBe(true);
    expect(await canLogIn(publicUrl, email, 'Another-password-1'), mode).toBe(false);
    expect(await canLogIn(publicUrl, rows[0]!.email, 'Another-password-1'), mode).toBe(false);
  }
});

test('the state is changed where its cell is given, and only there', async () => {
  const rows = changed(people('state', 4), {
    0: { state: 'inactive' },
    1: { state: 'inactive' },
    2: { state: 'active' },
  });
  await write('state.csv', rows);
  await all.run('state', { file: 'state.csv' });
  const states = async (): Promise<string[]> => {
    const stored = await storedOf('state');
    return rows.map(({ email }) => stored.get(email)!.state);
  };
  expect(await states()).toEqual(['inactive', 'inactive', 'active', 'active']);
  const cells = { 0: { state: '' }, 1: { state: 'active' }, 2: { state: 'inactive' } };
  await write('state.csv', changed(rows, cells));
  const input = { file: 'state.csv', mode: 'update', allow: ['activate'] };
  const { rows: counts } = await all.run('state', input);
  expect(counts).toMatchObject({ updated: 2, unchanged: 2 });
  expect(await states()).toEqual(['inactive', 'active', 'inactive', 'active']);
});

test('after a cancellation half-way, a later run creates exactly the rest', async () => {
  const HALF = 500;
  const rows = people('half', HALF);
  await write('half.csv', rows);
  const input = { file: 'half.csv', chunkSize: 10, concurrency: 2 };
  proxy.faults.writesLeft = 0;
  const handle = await all.start('half', input);
  await carryTo(proxy, handle, 50);
  await handle.cancel();
  delete proxy.faults.writesLeft;
  expect(await wasCancelled(handle)).toBe(true);
  const before = await storedOf('half');
  expect(before.size).toBeGreaterThanOrEqual(50);
  expect(before.size).toBeLessThan(HALF);

  const { rows: counts, folder } = await all.run('half', input);
  expect(counts).toMatchObject({ created: HALF - before.size, skipped: before.size });
  expect(await outcomesOf(folder)).toEqual(
    rows.map(({ email }) => (before.has(email) ? 'skipped' : 'created')),
  );
  expect((await storedOf('half')).size).toBe(HALF);
});

describe('a live dry run', () => {
  const rows = people('live', 40);
  const existing = rows.filter((_, i) => i % 2 === 0);

  beforeAll(async () => {
    await write('live-existing.csv', existing);
    await all.run('live-existing', { file: 'live-existing.csv' });
    await write(
      'live.csv',
      changed(rows, { 4: { role: 'admin' }, 8: { role: 'admin' }, 10: { last_name: 'Other' } }),
    );
  });

  test.each([
    ['skip', { would_create: 20, would_skip: 20 }, []],
    [
      'update',
      { would_create: 20, would_update: 3, unchanged: 17 },
      [{ from: 'user', to: 'admin', count: 2, lines: [6, 10] }],
    ],
  ] as const)(
    'in mode %s says what each row would do, and changes nothing',
    async (mode, expected, roleChanges) => {
      const before = await snapshotOf('live');
      const summary = await all.run(`live-${mode}`, {
        file: 'live.csv',
        dryRun: 'live',
        mode,
        chunkSize: 15,
      });
      expect(summary).toMatchObject({
        ending: 'dry-run',
        rows: { total: 40, created: 0, updated: 0, skipped: 0, failed: 0, ...expected },
        roleChanges,
      });
      const wouldUpdate = [4, 8, 10];
      expect(await outcomesOf(summary.folder)).toEqual(
        rows.map((_, i) => {
          if (i % 2 === 1) return 'would_create';
          if (mode === 'skip') return 'would_skip';
          return wouldUpdate.includes(i) ? 'would_update' : 'unchanged';
        }),
      );
      expect(await reportOf(summary.folder)).toMatchObject({
        rows: { total: 40, ...expected },
        roleChanges,
      });
      expect(await snapshotOf('live')).toEqual(before);
    },
  );

  test('is right: the import then does what it said', async () => {
    const { rows: counts, roleChanges } = await all.run('live-then', {
      file: 'live.csv',
      mode: 'update',
    });
    expect(counts).toMatchObject({ created: 20, updated: 3, unchanged: 17 });
    expect(roleChanges).toEqual([{ from: 'user', to: 'admin', count: 2, lines: [6, 10] }]);
  });
});
