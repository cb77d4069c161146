import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.js';
import { identitiesOf } from '../../support/identities.js';
import {
  failureOf,
  imports,
  progressOf,
  table,
  wasCancelled,
  type Imports,
} from '../../support/imports.js';
import { csvOf } from '../../support/people.js';
import { carryTo } from '../../support/steering.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url, TENANTS: 't1,t2' });
});

afterAll(() => world.close());

/** Addresses of this world that begin with `prefix`. */
async function created(prefix: string): Promise<string[]> {
  const identities = await identitiesOf(world.kratos.adminUrl, prefix);
  return identities.map(({ traits }) => String(traits['email']));
}

describe('an invalid row', () => {
  const lines = [
    'email,role',
    'stop1@example.com,user',
    'stop2@example,user',
    'stop3@example.com,king',
  ];

  test('ends the run before any user is created, and says how many rows have which fault and where the report is', async () => {
    await all.write('invalid.csv', `${lines.join('\n')}\n`);
    const failure = await all.failure('invalid-stop', { file: 'invalid.csv' });
    expect(failure.type).toBe('ValidationFailed');
    expect(failure.nonRetryable).toBe(true);
    expect(failure.message).toContain('2 of 3 rows');
    expect(failure.message).toContain('invalid_email: 1 row (line 3)');
    expect(failure.message).toContain('invalid_role: 1 row (line 4)');
    const folder = /The report is (.*)\/report\.json/.exec(failure.message)?.[1];
    expect(await table(folder!, 'rejects.csv')).toMatchObject([
      { email: 'stop2@example', import_line: '3', import_codes: 'invalid_email' },
      { email: 'stop3@example.com', import_line: '4', import_codes: 'invalid_role' },
    ]);
    expect(await created('stop')).toEqual([]);
  });

  test('is left out while the others are imported with import-valid', async () => {
    const { rows, folder } = await all.run('invalid-import', {
      file: 'invalid.csv',
      onInvalid: 'import-valid',
    });
    expect(rows).toMatchObject({ total: 3, created: 1, invalid: 2 });
    expect(await created('stop')).toEqual(['stop1@example.com']);
    expect(
      (await table(folder, 'results.csv')).map(({ outcome, code }) => [outcome, code]),
    ).toEqual([
      ['created', ''],
      ['invalid', 'invalid_email'],
      ['invalid', 'invalid_role'],
    ]);
  });
});

describe('a dry run', () => {
  const input = { file: 'dry.csv', dryRun: 'file', chunkSize: 2 };
  beforeAll(() => all.write('dry.csv', `${csvOf('dry', 7)}bad\n`));

  test('validates, shows the plan and creates no user', async () => {
    const handle = await all.start('dry', { ...input, onInvalid: 'import-valid' });
    expect(await handle.result()).toMatchObject({
      ending: 'dry-run',
      rows: { total: 8, invalid: 1, unprocessed: 7 },
    });
    expect(await progressOf(handle)).toMatchObject({
      phase: 'done',
      rows: { total: 8, done: 0 },
      chunks: { total: 4, done: 0, inFlight: 0 },
      plan: { roles: { '(none)': 7 } },
    });
    expect(await created('dry')).toEqual([]);
  });

  test('fails where the import would', async () => {
    expect((await all.failure('dry-stop', input)).type).toBe('ValidationFailed');
  });
});

test('the same file again creates no user', async () => {
  await all.write('again.csv', csvOf('again', 20));
  expect((await all.run('again', { file: 'again.csv' })).rows).toMatchObject({ created: 20 });
  expect((await all.run('again', { file: 'again.csv' })).rows).toMatchObject({
    created: 0,
    skipped: 20,
  });
  expect(await created('again')).toHaveLength(20);
});

test('a cancelled import lets what is in flight finish, reports, and a later run imports the rest', async () => {
  await all.write('cancel.csv', csvOf('cancel', 1000));
  proxy.faults.writesLeft = 0;
  const handle = await all.start('cancel', { file: 'cancel.csv', chunkSize: 20, concurrency: 2 });
  await carryTo(proxy, handle, 100);
  await handle.cancel();
  delete proxy.faults.writesLeft;
  expect(await wasCancelled(handle)).toBe(true);
  const { runId } = await handle.describe();
  const results = await table(path.join(world.runs, 'cancel', runId), 'results.csv');
  const went = results.filter(({ outcome }) => outcome === 'created').length;
  expect(results).toHaveLength(1000);
  expect(results.filter(({ outcome }) => outcome === 'unprocessed')).toHaveLength(1000 - went);
  expect(await created('cancel')).toHaveLength(went);
  expect(went).toBeGreaterThanOrEqual(100);
  expect(went).toBeLessThan(1000);

  const { rows } = await all.run('cancel', { file: 'cancel.csv' });
  expect(rows).toMatchObject({ created: 1000 - went, skipped: went });
  expect(await created('cancel')).toHaveLength(1000);
});

test('a file that changes while it is imported stops the run, and the report stays true', async () => {
  await all.write('changing.csv', csvOf('changing', 1000));
  proxy.faults.writesLeft = 0;
  const handle = await all.start('changing', {
    file: 'changing.csv',
    chunkSize: 20,
    concurrency: 1,
  });
  await carryTo(proxy, handle, 60);
  await all.write('changing.csv', csvOf('changed', 1000));
  delete proxy.faults.writesLeft;
  const failure = await failureOf(handle);
  expect(failure.type).toBe('ValidationFailed');
  expect(failure.message).toMatch(/^file_changed: "changing.csv"/);
  const { runId } = await handle.describe();
  const results = await table(path.join(world.runs, 'changing', runId), 'results.csv');
  const went = results.filter(({ outcome }) => outcome === 'created').length;
  expect(results).toHaveLength(1000);
  expect(await created('changing')).toHaveLength(went);
  expect(await created('changed')).toEqual([]);
});

describe('what is refused at once', () => {
  test.each([
    ['an unknown key', { file: 'x.csv', chunksize: 5 }, 'Unknown key "chunksize"'],
    [
      'a value out of range',
      { file: 'x.csv', chunkSize: 1001 },
      'chunkSize: got 1001; allowed: a whole number of rows from 1 to 1000',
    ],
    [
      'a role that the worker does not have',
      { file: 'again.csv', roles: ['king'] },
      'roles: got "king"',
    ],
    [
      'a tenant that the worker does not have',
      { file: 'again.csv', tenants: ['t9'] },
      'tenants: got "t9"',
    ],
    [
      'a schema that is not there',
      { file: 'again.csv', schemaId: 'nope' },
      'schemaId: got "nope"; allowed: one of "demo"',
    ],
    [
      'a target that is none',
      { file: 'again.csv', columns: { email: 'mail' } },
      'columns.email: "mail" is not a target',
    ],
    [
      'a column that the file lacks',
      { file: 'again.csv', columns: { mail: 'traits.email' } },
      '"mail": the file\'s header has no such column',
    ],
  ])('%s', async (_what, input, message) => {
    const failure = await all.failure('refused', input);
    expect(failure.type).toBe('InvalidInput');
    expect(failure.nonRetryable).toBe(true);
    expect(failure.message).toContain(message);
  });

  test.each([
    ['a file that is not there', 'absent.csv', 'file_not_found'],
    ['a file above the root', '../outside.csv', 'file_outside_root'],
    ['a link that leads out of the root', 'link.csv', 'file_outside_root'],
    ['an empty file', 'empty.csv', 'empty_file'],
    ['a column whose trait the schema lacks', 'unmapped.csv', 'unmapped_trait'],
  ])('%s', async (_what, file, code) => {
    const outside = path.join(world.importRoot, '..', 'outside.csv');
    await writeFile(outside, csvOf('outside', 1));
    await symlink(outside, path.join(world.importRoot, 'link.csv')).catch(() => undefined);
    await all.write('empty.csv', '');
    await all.write('unmapped.csv', 'email,nickname\nunmapped@example.com,x\n');
    const failure = await all.failure(`refused-${code}`, {
      file,
      ...(file === 'unmapped.csv' && { columns: { nickname: 'traits.nickname' } }),
    });
    expect(failure.type).toBe('ValidationFailed');
    expect(failure.message).toContain(code);
    expect(failure.message).toContain('report.json');
  });

  test('a workflow id that names no folder', async () => {
    for (const id of ['a/b', '..', 'a b', 'x'.repeat(201)]) {
      expect((await all.failure(id, { file: 'again.csv' })).type).toBe('InvalidInput');
    }
  });

  test('a chunk or a state that is started by hand, without validation', async () => {
    const { workflow } = all.client;
    const run = { workflowId: 'again', runId: 'x' };
    const options = { taskQueue: 'user-import' };
    const chunk = await workflow.start('importChunk', {
      ...options,
      workflowId: 'by-hand',
      args: [{ run, chunk: 1, mode: 'skip' }],
    });
    expect((await failureOf(chunk)).type).toBe('InvalidInput');
    const carried = await workflow.start('importUsers', {
      ...options,
      workflowId: 'by-hand',
      args: [
        { file: 'again.csv', actor: 'mallory' },
        { findings: { chunks: 1 }, nextChunk: 1 },
      ],
    });
    expect((await failureOf(carried)).type).toBe('InvalidInput');
  });
});
