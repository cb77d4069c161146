import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { historiesOf } from '../../support/histories.js';
import { allIdentities, canLogIn, type StoredIdentity } from '../../support/identities.js';
import { imports, table, type Imports } from '../../support/imports.js';
import { startWorker, type WorkerProcess } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const ROWS = 2_000;
const CHUNK_SIZE = 200;
const WORKFLOW_ID = 'import-2026-11';
const TOKEN = 'Zqtoken-of-the-admin-port';

/** Every value of the file holds the letters Zq, so that one search finds whatever leaked. */
const people = Array.from({ length: ROWS }, (_, i) => ({
  email: `Zqmail.${i}@example.com`,
  first_name: `Zqfirst, ${i}`,
  last_name: `Zq"last" Ünïcode ${i}`,
  role: ['admin', 'user', 'support', ''][i % 4]!,
  tenant_id: `zqtenant-${i % 7}`,
  initial_password: i % 5 === 0 ? `Zqpass ${i} äöü` : '',
}));
type Person = (typeof people)[number];
const COLUMNS = Object.keys(people[0]!) as (keyof Person)[];

let world: World;
let all: Imports;
let worker: WorkerProcess;
let results: Record<string, string>[];
let stored: Map<string, StoredIdentity>;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  worker = await startWorker(world, { KRATOS_ADMIN_TOKEN: TOKEN });
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = people.map((person) => COLUMNS.map((name) => cell(person[name])).join(','));
  await all.write('users.csv', [COLUMNS.join(','), ...lines, ''].join('\n'));
  const temporal = inject('servers').temporalBinary;
  await promisify(execFile)(temporal, [
    ...['workflow', 'start', '--type', 'importUsers', '--task-queue', 'user-import'],
    ...['--fail-existing', '--workflow-id', WORKFLOW_ID],
    ...[
      '--input',
      `{"file":"users.csv","actor":"alice","chunkSize":${CHUNK_SIZE},"invitations":{"send":"never"}}`,
    ],
    ...['--address', world.temporalAddress, '--namespace', world.namespace],
  ]);
  const summary = (await all.client.workflow.getHandle(WORKFLOW_ID).result()) as { folder: string };
  results = await table(summary.folder, 'results.csv');
  const identities = await allIdentities(world.kratos.adminUrl);
  stored = new Map(identities.map((identity) => [identity.id, identity]));
}, 300_000);

afterAll(() => world.close());

test('every person is created once, under the id that results.csv names, in file order', () => {
  expect(stored.size).toBe(ROWS);
  expect(results.map(({ line, email, outcome }) => ({ line, email, outcome }))).toEqual(
    people.map(({ email }, i) => ({ line: String(i + 2), email, outcome: 'created' })),
  );
  expect(new Set(results.map(({ identity_id }) => identity_id)).size).toBe(ROWS);
});

test('traits equal the file, and an empty cell gives no trait', () => {
  for (const [i, { identity_id }] of results.entries()) {
    const { initial_password: _, role, ...others } = people[i]!;
    expect(stored.get(identity_id!)?.traits).toEqual(role === '' ? others : { ...others, role });
  }
});

test('every identity carries its origin, and an invitation that is due when it has no password', () => {
  for (const [i, { identity_id, invitation }] of results.entries()) {
    const origin = stored.get(identity_id!)?.metadata_admin?.['csv_import'];
    const due = people[i]!.initial_password === '';
    expect(invitation).toBe(due ? 'due' : 'none');
    expect(origin).toMatchObject({
      workflowId: WORKFLOW_ID,
      file: 'users.csv',
      line: i + 2,
      actor: 'alice',
      ...(due && { invitation: { dueSince: expect.any(String) as string } }),
    });
  }
});

test('given passwords work at the login of Kratos, others do not', async () => {
  const { publicUrl } = world.kratos;
  for (let i = 0; i < ROWS; i += 100) {
    const { email, initial_password } = people[i]!;
    expect(await canLogIn(publicUrl, email, initial_password)).toBe(true);
    expect(await canLogIn(publicUrl, email, `${initial_password}x`)).toBe(false);
  }
});

test('no history, and not the log of the worker, holds a value of the file or the token', async () => {
  const histories = await historiesOf(all.client, WORKFLOW_ID);
  expect(histories.length).toBeGreaterThan(1);
  for (const { workflowId, text } of histories) {
    expect(text.includes('"runId"'), workflowId).toBe(true);
    expect(text.search(/zq/i), workflowId).toBe(-1);
  }
  const log = await worker.log();
  expect(log).toContain('user-import');
  expect(log.search(/zq/i)).toBe(-1);
});

test('the run folder is private to its owner', async () => {
  const find = (...args: string[]) =>
    promisify(execFile)('find', [world.runs, '-mindepth', '1', ...args]);
  expect((await find('-perm', '/077')).stdout).toBe('');
  expect((await find('-name', 'results.csv', '-perm', '600')).stdout).not.toBe('');
});
