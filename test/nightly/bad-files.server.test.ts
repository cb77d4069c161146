/** What must never lock anybody out: a file that is not whole, a retry, mode skip, an approval that comes too late. */
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { identitiesOf } from '../support/identities.js';
import { failureOf, imports, progressOf, wasCancelled, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { steer } from '../support/steering.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const PEOPLE = 40;
const OF_HR = {
  ...{ file: 'hr.csv', mode: 'update', chunkSize: 5 },
  missing: { do: 'deactivate', scope: 'hr', atMost: 0.05 },
};

let world: World;
let all: Imports;
let nights = 0;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await startWorker(world);
  await all.write('hr.csv', csvOf('hr', PEOPLE));
  await all.run('first', OF_HR);
});

beforeEach(() => all.write('hr.csv', csvOf('hr', PEOPLE)));

afterAll(() => world.close());

async function start(content: string, input: object = {}): Promise<WorkflowHandle> {
  await all.write('hr.csv', content);
  return all.start(`night-${++nights}`, { ...OF_HR, ...input });
}

async function waitsForLeavers(handle: WorkflowHandle): Promise<void> {
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const { notices, rows } = await progressOf(handle);
  expect(notices.at(-1)?.text).toMatch(/^20 of the 40 users .* The file has 20 rows, and 40 in/);
  expect(rows).toMatchObject({ created: 0, updated: 0 });
}

async function activeUsers(): Promise<number> {
  const users = await identitiesOf(world.kratos.adminUrl, 'hr');
  return users.filter(({ state }) => state === 'active').length;
}

test.each([
  ['that is empty', ''],
  ['of a header alone', 'email\n'],
  ['that is cut within a row', `${csvOf('hr', 20)}"hr20@exam`],
])('a file %s fails, and nobody leaves', async (_what, content) => {
  expect((await failureOf(await start(content))).type).toBe('ValidationFailed');
  expect(await activeUsers()).toBe(PEOPLE);
});

test('half a file asks before any row, and nobody leaves when it is cancelled', async () => {
  const handle = await start(csvOf('hr', PEOPLE / 2));
  await waitsForLeavers(handle);
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  expect(await activeUsers()).toBe(PEOPLE);
});

test('nor in mode skip, which ends the question, and says so', async () => {
  const handle = await start(csvOf('hr', PEOPLE / 2));
  await waitsForLeavers(handle);
  await steer(handle, 'update', 'setMode', 'skip');
  expect(await handle.result()).toMatchObject({ ending: 'done' });
  const { notices } = await progressOf(handle);
  expect(notices.map(({ text }) => text)).toContain(
    '20 users of the source are not in the file, and stay as they are: existing users are skipped.',
  );
  expect(await activeUsers()).toBe(PEOPLE);
  // The next run is compared with a whole file again.
  expect(await (await start(csvOf('hr', PEOPLE))).result()).toMatchObject({ ending: 'done' });
});

test('nor by an approval that comes after another run of the source has ended', async () => {
  const late = await start(csvOf('hr', PEOPLE / 2));
  await waitsForLeavers(late);
  const whole = await start(`${csvOf('hr', PEOPLE)}hr-new@example.com\n`);
  expect(await whole.result()).toMatchObject({ rows: { created: 1 } });
  await steer(late, 'update', 'approve');
  const { type, message } = await failureOf(late);
  expect(type).toBe('InvalidInput');
  expect(message).toContain('Another run of the source hr has ended since');
  expect(await activeUsers()).toBe(PEOPLE + 1);
  // Nobody but who is not in the file, and none of the others.
  const { leavers } = (await (await start(csvOf('hr', PEOPLE))).result()) as { leavers: unknown };
  expect(leavers).toMatchObject({ deactivated: 1 });
  expect(await activeUsers()).toBe(PEOPLE);
});

test('nor by a retry, whose file has few rows', async () => {
  const { runId } = await all.client.workflow.getHandle('first').describe();
  const retryOf = { workflowId: 'first', runId };
  const retry = await start(csvOf('hr', 1), { missing: { scope: 'hr' }, retryOf });
  expect(await retry.result()).toMatchObject({ ending: 'done' });
  expect(await activeUsers()).toBe(PEOPLE);
});

test('the newest of a pattern is none that is not whole', async () => {
  await all.write('hr-2.csv.part', csvOf('hr', 1));
  await all.write('hr-1.csv', csvOf('hr', PEOPLE + 1));
  const anHourAgo = Date.now() / 1000 - 3600;
  await utimes(join(world.importRoot, 'hr-1.csv'), anHourAgo, anHourAgo);
  const handle = await all.start('newest', { ...OF_HR, file: 'hr-*', newest: true });
  expect(await handle.result()).toMatchObject({ rows: { total: PEOPLE + 1, created: 1 } });
  expect(await activeUsers()).toBe(PEOPLE + 1);
});
