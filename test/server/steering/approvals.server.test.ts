import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, type Ended } from '../../support/command.js';
import { createUsers } from '../../support/existing-users.js';
import { historiesOf } from '../../support/histories.js';
import { identitiesOf } from '../../support/identities.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { imports, progressOf, table, wasCancelled, type Imports } from '../../support/imports.js';
import { metadataOf, steer, WAYS } from '../../support/steering.js';
import { until } from '../../support/until.js';
import { startWorker, type WorkerProcess } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

/** With a second identifier, so that a row can fail at Kratos alone. */
const schema = schemaOf({
  username: USERNAME_TRAIT,
  first_name: { type: 'string' },
  role: { type: 'string' },
  tenant_id: { type: 'string' },
});
const TENANTS = { TENANTS: 'acme,globex' };

let world: World;
let all: Imports;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld({ schemas: { [schema.id]: schema.json } });
  all = await imports(world);
  worker = await startWorker(world, TENANTS);
});

afterAll(() => world.close());

/** Addresses in file order. */
function people(prefix: string, rows: number): string[] {
  return Array.from({ length: rows }, (_, i) => `${prefix}${i}@example.com`);
}

const csv = (emails: string[]): string => ['email', ...emails, ''].join('\n');

async function createdOf(prefix: string): Promise<string[]> {
  const identities = await identitiesOf(world.kratos.adminUrl, prefix);
  return identities.map(({ traits }) => String(traits['email'])).sort();
}

/** In the order of their addresses. */
async function idsOf(prefix: string): Promise<string[]> {
  const identities = await identitiesOf(world.kratos.adminUrl, prefix);
  return identities
    .sort((a, b) => (String(a.traits['email']) < String(b.traits['email']) ? -1 : 1))
    .map(({ id }) => id);
}

const RESULTS = 'line,outcome,identity_id,code,invitation';

const results = (...args: string[]): Promise<Ended> =>
  runCommand(world, world.runs, ['results', ...args]);

async function untilPending(handle: WorkflowHandle): Promise<void> {
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
}

async function resultsOf(handle: WorkflowHandle): Promise<Record<string, string>[]> {
  const { runId } = await handle.describe();
  return table(path.join(world.runs, handle.workflowId, runId), 'results.csv');
}

async function reportOf(handle: WorkflowHandle): Promise<unknown> {
  const { runId } = await handle.describe();
  const file = path.join(world.runs, handle.workflowId, runId, 'report.json');
  return JSON.parse(await readFile(file, 'utf8'));
}

describe.each(WAYS)('approved by %s', (way) => {
  test('with approval required no user is created before it, and all users after it', async () => {
    const emails = people(`plan-${way}-`, 12);
    await all.write('plan.csv', csv(emails));
    const handle = await all.start(`plan-${way}`, {
      file: 'plan.csv',
      approval: 'required',
      chunkSize: 5,
    });
    await untilPending(handle);
    expect(await progressOf(handle)).toMatchObject({
      phase: 'awaiting-approval',
      paused: false,
      rows: { total: 12, done: 0 },
      plan: { roles: { '(none)': 12 } },
    });
    const { currentDetails } = await metadataOf(handle);
    expect(currentDetails).toContain('Waiting for approval');
    expect(currentDetails).toContain(`user-import approve plan-${way}`);
    expect(currentDetails).toContain('users by role: (none) 12');
    expect(await createdOf(`plan-${way}-`)).toEqual([]);

    expect(await steer(handle, way, 'approve')).toMatchObject({ phase: 'importing' });
    expect(await handle.result()).toMatchObject({ rows: { created: 12 } });
    expect(await createdOf(`plan-${way}-`)).toEqual(emails.sort());
  });

  test('exactly the canary rows are created, then the others', async () => {
    const prefix = `canary-${way}-`;
    const emails = people(prefix, 18);
    await all.write('canary.csv', csv(emails));
    const handle = await all.start(`canary-${way}`, {
      file: 'canary.csv',
      canaryRows: 7,
      chunkSize: 5,
    });
    await untilPending(handle);
    expect(await progressOf(handle)).toMatchObject({ rows: { created: 7, done: 7 } });
    expect(await createdOf(prefix)).toEqual(emails.slice(0, 7).sort());
    expect((await metadataOf(handle)).currentDetails).toContain(`approve canary-${way}`);

    expect(await steer(handle, way, 'approve')).toMatchObject({ phase: 'importing' });
    expect(await handle.result()).toMatchObject({ rows: { created: 18 } });
    const results = await resultsOf(handle);
    expect(results.map(({ email }) => email)).toEqual(people(prefix, 18));
    expect(await createdOf(prefix)).toEqual(emails.sort());
  });
});

test('the plan and the canary rows wait for an approval each; a pause outlasts the approval', async () => {
  await all.write('both.csv', csv(people('both', 9)));
  const handle = await all.start('both', {
    file: 'both.csv',
    approval: 'required',
    canaryRows: 2,
    chunkSize: 4,
  });
  await untilPending(handle);
  await handle.signal('pause');
  expect(await progressOf(handle)).toMatchObject({ phase: 'awaiting-approval', paused: true });
  const { currentDetails } = await metadataOf(handle);
  expect(currentDetails).toContain('PAUSED');
  expect(currentDetails).toContain('user-import approve both');
  expect(currentDetails).toContain('user-import resume both');

  expect(await steer(handle, 'update', 'approve')).toMatchObject({
    phase: 'importing',
    paused: true,
    chunks: { inFlight: 0 },
  });
  expect(await createdOf('both')).toEqual([]);
  await handle.signal('resume');
  await untilPending(handle);
  expect(await createdOf('both')).toHaveLength(2);
  await handle.signal('approve');
  expect(await handle.result()).toMatchObject({ rows: { created: 9 } });
});

test('whoever approves an update sees who gets which role and which fields change, but no other value', async () => {
  const emails = people('seen', 6);
  await createUsers(
    world.kratos.adminUrl,
    schema.id,
    emails.slice(0, 5).map((email) => ({
      traits: { email, first_name: 'Before', role: 'user', tenant_id: 'acme' },
    })),
    'old password',
  );
  const rows = emails.map((email, i) =>
    [
      email,
      i % 2 ? 'After' : 'Before',
      i < 4 ? 'admin' : 'user',
      i === 1 ? 'globex' : 'acme',
    ].join(),
  );
  await all.write('seen.csv', ['email,first_name,role,tenant_id', ...rows, ''].join('\n'));
  const handle = await all.start('seen', {
    ...{ file: 'seen.csv', mode: 'update', approval: 'required', canaryRows: 3 },
  });
  await untilPending(handle);

  const ids = await idsOf('seen');
  const role = { path: 'traits.role', from: 'user', to: 'admin' };
  const tenant = { path: 'traits.tenant_id', from: 'acme', to: 'globex' };
  const name = { path: 'traits.first_name' };
  const changed = [
    { line: 2, identityId: ids[0], fields: [role] },
    { line: 3, identityId: ids[1], fields: [role, tenant, name] },
    { line: 4, identityId: ids[2], fields: [role] },
    { line: 5, identityId: ids[3], fields: [role, name] },
  ];
  expect(await progressOf(handle)).toMatchObject({
    plan: {
      roles: { admin: 4, user: 2 },
      tenants: { distinct: 2, rows: { acme: 5, globex: 1 } },
      roleChanges: [{ from: 'user', to: 'admin', count: 4 }],
      sample: changed,
    },
    sample: [],
  });
  const { currentDetails } = await metadataOf(handle);
  expect(currentDetails).toMatch(
    /^\*\*Waiting for approval\*\*\n\n\*\*Known so far of the whole file: 4 users would get another role: user -> admin 4\.\*\*\n/,
  );
  expect(currentDetails).toContain('Users by tenant: acme 5, globex 1');
  expect(currentDetails).toContain(
    `- line 3, \`${ids[1]}\`: traits.role user -> admin, traits.tenant_id acme -> globex, traits.first_name\n`,
  );

  await steer(handle, 'update', 'approve');
  await untilPending(handle);
  expect(await progressOf(handle)).toMatchObject({
    roleChanges: [{ from: 'user', to: 'admin', count: 3 }],
    sample: changed.slice(0, 3),
  });
  const canary = await results('seen', '--changes', '--line', '3-', '--outcome', 'updated,failed');
  expect(canary.out).toBe(`${RESULTS},changes
3,updated,${ids[1]},,none,"traits.role user -> admin, traits.tenant_id acme -> globex, traits.first_name"
4,updated,${ids[2]},,none,traits.role user -> admin
2 of 6 rows.
`);
  await steer(handle, 'update', 'approve');
  expect(await handle.result()).toMatchObject({
    rows: { updated: 4, unchanged: 1, created: 1 },
    sample: changed,
  });
  const end = await metadataOf(handle);
  expect(end.currentDetails).toContain('- Row by row: `user-import results seen`');
  const document = JSON.parse((await results('seen', '--json', '--emails')).out) as {
    rows: Record<string, unknown>[];
  };
  expect(document.rows.map(({ email }) => email)).toEqual(emails);
  const histories = await historiesOf(all.client, 'seen');
  expect(histories.length).toBeGreaterThan(0);
  for (const { text } of histories) expect(text).not.toMatch(/\bBefore\b|\bAfter\b/);
});

test('a canary as large as the file, or larger, waits for no approval', async () => {
  await all.write('whole.csv', csv(people('whole', 6)));
  const same = await all.run('whole-same', { file: 'whole.csv', canaryRows: 6, chunkSize: 4 });
  expect(same.rows).toMatchObject({ created: 6 });
  const larger = await all.run('whole-larger', { file: 'whole.csv', canaryRows: 100 });
  expect(larger.rows).toMatchObject({ skipped: 6 });
});

test('a dry run waits for no approval', async () => {
  await all.write('dry.csv', csv(people('dry', 6)));
  for (const dryRun of ['file', 'live']) {
    const input = { file: 'dry.csv', dryRun, approval: 'required', canaryRows: 2 };
    expect((await all.run(`dry-${dryRun}`, input)).ending).toBe('dry-run');
  }
  expect(await createdOf('dry')).toEqual([]);
});

describe('an import that is cancelled while it waits for approval ends as cancelled, with a report', () => {
  test('of the plan: no user was created', async () => {
    await all.write('leave.csv', csv(people('leave', 6)));
    const handle = await all.start('leave-plan', { file: 'leave.csv', approval: 'required' });
    await untilPending(handle);
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
    expect(await reportOf(handle)).toMatchObject({
      ending: 'cancelled',
      rows: { total: 6, created: 0, unprocessed: 6 },
    });
    expect(await createdOf('leave')).toEqual([]);
  });

  test('of the canary rows: only these were created', async () => {
    const handle = await all.start('leave-canary', { file: 'leave.csv', canaryRows: 2 });
    await untilPending(handle);
    await handle.cancel();
    expect(await wasCancelled(handle)).toBe(true);
    expect(await reportOf(handle)).toMatchObject({
      ending: 'cancelled',
      rows: { total: 6, created: 2, unprocessed: 4 },
    });
    expect((await resultsOf(handle)).map(({ outcome }) => outcome)).toEqual([
      'created',
      'created',
      ...Array<string>(4).fill('unprocessed'),
    ]);
    expect(await createdOf('leave')).toHaveLength(2);
  });

  test('also when the worker learns of the approval and of the cancellation in one moment', async () => {
    await all.write('moment.csv', csv(people('moment', 6)));
    const handle = await all.start('moment', { file: 'moment.csv', approval: 'required' });
    await untilPending(handle);
    await worker.stop();
    await handle.signal('approve');
    await handle.cancel();
    worker = await startWorker(world, TENANTS);
    expect(await wasCancelled(handle)).toBe(true);
    expect(await reportOf(handle)).toMatchObject({ ending: 'cancelled', rows: { created: 0 } });
    expect(await createdOf('moment')).toEqual([]);
  });
});

describe('an import of which too many rows fail', () => {
  const HOLDERS = 150;

  beforeAll(() =>
    createUsers(
      world.kratos.adminUrl,
      schema.id,
      Array.from({ length: HOLDERS }, (_, i) => ({
        traits: { email: `holder${i}@example.com`, username: `held${i}` },
      })),
      'old password',
    ),
  );

  /** Rows; the ones that `fails` names have a user name that another user holds. */
  const halting = (prefix: string, rows: number, fails: (row: number) => boolean): string => {
    let held = 0;
    const lines = Array.from({ length: rows }, (_, i) => {
      const name = fails(i) ? `held${held++}` : `${prefix}${i}`;
      return `${prefix}${i}@example.com,${name}`;
    });
    return ['email,username', ...lines, ''].join('\n');
  };
  const INPUT = { columns: { username: 'traits.username' }, chunkSize: 10, concurrency: 1 };

  test('pauses by itself from 50 rows on, says why, and counts anew after resume', async () => {
    await all.write(
      'halt.csv',
      halting('halt', 130, () => true),
    );
    const handle = await all.start('halt', { file: 'halt.csv', ...INPUT });
    for (const done of [50, 100]) {
      await until(async () => (await progressOf(handle)).paused);
      await until(async () => (await progressOf(handle)).chunks.inFlight === 0);
      const progress = await progressOf(handle);
      expect(progress).toMatchObject({ phase: 'importing', rows: { done, failed: done } });
      expect(progress.notices.at(-1)?.text).toContain(
        'Paused by itself: 50 of 50 rows failed, more than haltAboveFailureRate (0.2) allows.',
      );
      await handle.signal('resume');
    }
    expect(await handle.result()).toMatchObject({ rows: { failed: 130, created: 0 } });
    const { runId } = await handle.describe();
    const rejects = await table(path.join(world.runs, 'halt', runId), 'rejects.csv');
    expect(new Set(rejects.map(({ import_codes }) => import_codes))).toEqual(
      new Set(['identifier_conflict']),
    );
  });

  test('goes on while no more fail than it allows, and at a rate of 1 whatever fails', async () => {
    await all.write(
      'share.csv',
      halting('share', 100, (row) => row % 5 === 0),
    );
    const atRate = await all.run('at-rate', { file: 'share.csv', ...INPUT });
    expect(atRate.rows).toMatchObject({ failed: 20, created: 80 });

    await all.write(
      'one.csv',
      halting('one', 70, () => true),
    );
    const atOne = await all.run('at-one', { file: 'one.csv', ...INPUT, haltAboveFailureRate: 1 });
    expect(atOne.rows).toMatchObject({ failed: 70 });
  });

  test('pauses for one row more than that', async () => {
    await all.write(
      'more.csv',
      halting('more', 60, (row) => row % 5 === 0 || row === 1),
    );
    const handle = await all.start('more', { file: 'more.csv', ...INPUT });
    await until(async () => (await progressOf(handle)).paused);
    expect(await progressOf(handle)).toMatchObject({ rows: { done: 50, failed: 11 } });
    await handle.signal('resume');
    expect(await handle.result()).toMatchObject({ rows: { failed: 13, created: 47 } });
  });
});
