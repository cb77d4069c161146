import { rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../src/servers/demo-schema.js';
import { historiesOf } from '../support/histories.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { startStubKratos, type StubKratos } from '../support/stub-kratos.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** Faults that a real Kratos cannot be made to have at a chosen moment; the stub's are real HTTP answers. */
let world: World;
let all: Imports;
let stub: StubKratos;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  stub = await startStubKratos(DEMO_SCHEMA_ID, demoSchema);
  world.onClose(() => stub.close());
  await startWorker(world, { KRATOS_ADMIN_URL: stub.url, KRATOS_ADMIN_TOKEN: 'secret' });
});

beforeEach(() => {
  delete stub.status;
});

afterAll(() => world.close());

const csv = (rows: number): string =>
  ['email', ...Array.from({ length: rows }, (_, i) => `user${i}@example.com`), ''].join('\n');

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(100);
}

/** The failure that the activity of a chunk is waiting to try again after. */
async function lastFailure(handle: WorkflowHandle, chunk: number): Promise<string> {
  const { runId } = await handle.describe();
  const id = `${handle.workflowId}/${runId.slice(-12)}/chunk-${chunk}`;
  const raw = await all.client.workflow
    .getHandle(id)
    .describe()
    .then(
      (described) => described.raw,
      (error: unknown) => {
        // The chunk before it is done and this one not there yet.
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      },
    );
  return raw?.pendingActivities?.[0]?.lastFailure?.message ?? '';
}

test('a token that is refused at the start fails the run and says which setting it is', async () => {
  await all.write('token.csv', csv(3));
  stub.status = 401;
  const failure = await all.failure('token', { file: 'token.csv' });
  expect(failure.type).toBe('PreflightFailed');
  expect(failure.message).toContain('KRATOS_ADMIN_TOKEN');
  expect(failure.message).not.toContain('secret');
});

test('a Kratos that does not answer at the start is waited for, with a notice, and nothing is lost', async () => {
  await all.write('down.csv', csv(3));
  stub.status = 503;
  const handle = await all.start('down', { file: 'down.csv' });
  await until(async () => (await progressOf(handle)).notices.length > 0);
  expect((await progressOf(handle)).notices[0]?.text).toContain('Kratos answered 503');
  delete stub.status;
  expect((await handle.result()) as object).toMatchObject({ rows: { created: 3 } });
});

test.each([
  ['overloaded', 503, 'Kratos answered 503'],
  ['without a right to it', 403, 'KRATOS_ADMIN_TOKEN is accepted again'],
])(
  'a Kratos that is %s in the middle is waited for',
  async (_what, status, message) => {
    const id = `middle-${status}`;
    await all.write('middle.csv', csv(4000));
    const handle = await all.start(id, { file: 'middle.csv', chunkSize: 10, concurrency: 1 });
    await until(async () => (await progressOf(handle)).rows.done >= 50);
    stub.status = status;
    const chunk = () => progressOf(handle).then(({ chunks }) => chunks.done + 1);
    await until(async () => (await lastFailure(handle, await chunk())).includes(message));
    delete stub.status;
    const { done } = (await progressOf(handle)).rows;
    await until(async () => (await progressOf(handle)).rows.done > done);
    await handle.cancel();
  },
  180_000,
);

test('a worker that does not see the folder of the run says so, and the chunk goes on when one does', async () => {
  await all.write('folder.csv', csv(3000));
  const handle = await all.start('folder', { file: 'folder.csv', chunkSize: 10, concurrency: 1 });
  await until(async () => (await progressOf(handle)).rows.done >= 50);
  const folder = path.join(world.runs, 'folder');
  await rename(folder, `${folder}-away`);
  const chunk = () => progressOf(handle).then(({ chunks }) => chunks.done + 1);
  await until(async () =>
    (await lastFailure(handle, await chunk())).includes('must share one IMPORT_RUNS'),
  );
  await rename(`${folder}-away`, folder);
  const { done } = (await progressOf(handle)).rows;
  await until(async () => (await progressOf(handle)).rows.done > done);
  await handle.cancel();
}, 180_000);

test('failures hold nothing of the file or the token', async () => {
  for (const { workflowId, text } of await historiesOf(all.client, 'middle')) {
    expect(text.search(/@example\.com|secret/), workflowId).toBe(-1);
  }
});
