import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../../src/contract/import/progress.js';
import { DEMO_SCHEMA_ID } from '../../dev/servers/demo-schema.js';
import { createUsers } from '../support/existing-users.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import {
  endOf,
  imports,
  progressOf,
  table,
  untilNotice,
  type Imports,
} from '../support/imports.js';
import { untrueLines, outcomesOfRun, Stored } from '../support/truth.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const TOKEN = 'token-of-the-worker';

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, { KRATOS_ADMIN_URL: proxy.url, KRATOS_ADMIN_TOKEN: TOKEN });
});

afterAll(() => world.close());

beforeEach(() => {
  proxy.faults = {};
  proxy.writes.length = 0;
});

/** Starts an import of `rows` people whose addresses begin with `prefix`. */
async function start(prefix: string, rows: number, input: object): Promise<WorkflowHandle> {
  const lines = Array.from({ length: rows }, (_, i) => {
    return `${prefix}${i}@example.com,Name ${i},${i % 3 === 0 ? `password ${i}` : ''}`;
  });
  await all.write(`${prefix}.csv`, ['email,first_name,initial_password', ...lines, ''].join('\n'));
  return all.start(prefix, { file: `${prefix}.csv`, ...input });
}

/** Waits for the end, and keeps the progress until then. */
async function watched(handle: WorkflowHandle): Promise<Progress[]> {
  const seen: Progress[] = [];
  await until(async () => {
    seen.push(await progressOf(handle));
    return (await handle.describe()).status.name !== 'RUNNING';
  });
  return seen;
}

/** All rows went in, each once, and the results say so. */
async function expectAllCreated(handle: WorkflowHandle, rows: number): Promise<void> {
  expect(await endOf(handle)).toBe('COMPLETED');
  const { folder } = (await handle.result()) as { folder: string };
  const results = await table(folder, 'results.csv');
  expect(results).toHaveLength(rows);
  expect(results.filter(({ outcome }) => outcome !== 'created')).toEqual([]);
  const { runId } = await handle.describe();
  const { workflowId } = handle;
  const stored = await Stored.in(world.kratos.adminUrl);
  expect(stored.twice).toEqual([]);
  expect(stored.addresses(workflowId)).toHaveLength(rows);
  expect(untrueLines(results, { workflowId, runId }, stored)).toEqual([]);
}

test('a Kratos that takes one write at a time, breaks on some and loses answers gets all users once, and few refused requests', async () => {
  const [rows, chunkSize, concurrency] = [750, 25, 5];
  proxy.faults = { singleWriter: true, breakOneIn: 11, loseOneIn: 7 };
  const handle = await start('single', rows, { chunkSize, concurrency });
  const seen = await watched(handle);
  await expectAllCreated(handle, rows);

  const refused = proxy.count(429);
  expect(proxy.mostAtOnce).toBe(1);
  expect(proxy.count(503)).toBeGreaterThan(0);
  expect(proxy.count('lost')).toBeGreaterThan(0);
  // Fewer than one a chunk: the first chunks are refused a few times each, until only one chunk is in flight, and later
  // chunks only when two at once are tried again.
  console.log(`${refused} requests refused for ${rows / chunkSize} chunks`);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(rows / chunkSize);
  const { notices } = seen.at(-1)!;
  expect(seen.some(({ chunks }) => chunks.allowed < concurrency)).toBe(true);
  expect(notices.map(({ text }) => text).join('\n')).toMatch(
    /Kratos answered (429|503): create identities\. Slowing down: chunks in flight at most 2, before 5\./,
  );
});

test('such a Kratos gets each change once, and the outcomes name what was there before', async () => {
  const rows = 120;
  const people = Array.from({ length: rows }, (_, i) => ({
    email: `change${i}@example.com`,
    before: i % 2 === 0 ? `Name ${i}` : `Name of before ${i}`,
  }));
  const users = people.map(({ email, before }) => ({ traits: { email, first_name: before } }));
  await createUsers(world.kratos.adminUrl, DEMO_SCHEMA_ID, users, 'the password of before');
  proxy.faults = { singleWriter: true, breakOneIn: 11, loseOneIn: 7 };
  const handle = await start('change', rows, { mode: 'update', chunkSize: 12, concurrency: 5 });
  const { folder } = (await handle.result()) as { folder: string };

  const outcomes = await outcomesOfRun(folder);
  for (const [i, { before }] of people.entries()) {
    const { outcome, changes } = outcomes.get(i + 2)!;
    const after = `Name ${i}`;
    expect({ outcome, changes }, `line ${i + 2}`).toEqual(
      before === after
        ? { outcome: 'unchanged' }
        : { outcome: 'updated', changes: [{ path: '/traits/first_name', before, after }] },
    );
  }
  const stored = await Stored.in(world.kratos.adminUrl);
  expect(people.map(({ email }) => stored.of(email)?.traits['first_name'])).toEqual(
    people.map((_, i) => `Name ${i}`),
  );
  expect(proxy.count('lost')).toBeGreaterThan(0);
});

test.each(['Retry-After', 'x-ratelimit-reset'])(
  'no write comes before the time that %s asks for, nor from the other chunks of the worker',
  async (header) => {
    const [rows, concurrency] = [300, 5];
    const prefix = header.toLowerCase();
    const handle = await start(prefix, rows, { chunkSize: 20, concurrency });
    await until(() => proxy.count(200) >= 3);
    proxy.faults = { quietTime: { header, ms: 3000 } };
    await expectAllCreated(handle, rows);

    // A write that comes too early is refused: at most one for each chunk, on its way with the first refused write.
    expect(proxy.count(429)).toBeGreaterThan(0);
    expect(proxy.count(429)).toBeLessThanOrEqual(concurrency);
    expect((await progressOf(handle)).notices.map(({ text }) => text).join('\n')).toContain(
      'Kratos answered 429: create identities. Slowing down',
    );
  },
);

test('a Kratos that is away for a while is waited for, with a notice, and the import goes on', async () => {
  const rows = 300;
  const handle = await start('gone', rows, { chunkSize: 20, concurrency: 3 });
  await until(() => proxy.count(200) >= 5);
  await proxy.down();
  await untilNotice(handle, /^Kratos does not answer: create identities \(ECONNREFUSED\)\./);
  const { paused, rows: before } = await progressOf(handle);
  expect(paused).toBe(false);
  expect(before.done).toBeLessThan(rows);
  await proxy.up();
  await expectAllCreated(handle, rows);
  await untilNotice(handle, /^It works again; the import goes on\.$/);
});
