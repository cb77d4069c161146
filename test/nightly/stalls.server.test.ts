import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEMO_SCHEMA_ID, demoSchema } from '../../dev/servers/demo-schema.js';
import { historiesOf } from '../support/histories.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { startStubKratos, type StubKratos } from '../support/stub-kratos.js';
import { until } from '../support/until.js';
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

const rowsDone = async (handle: WorkflowHandle): Promise<number> =>
  (await progressOf(handle)).rows.done;

/** Starts an import of more rows than a test waits for, and waits for the first of them. */
async function midway(workflowId: string): Promise<WorkflowHandle> {
  await all.write('midway.csv', csvOf('user', 12_000));
  const handle = await all.start(workflowId, {
    file: 'midway.csv',
    chunkSize: 10,
    concurrency: 1,
  });
  await until(async () => (await rowsDone(handle)) >= 50);
  return handle;
}

/** The stall is over: more rows are imported without a command. */
async function expectItGoesOn(handle: WorkflowHandle): Promise<void> {
  const done = await rowsDone(handle);
  await until(async () => (await rowsDone(handle)) > done);
  expect((await progressOf(handle)).paused).toBe(false);
  await handle.cancel();
}

test('a token that is refused at the start fails the run and says which setting it is', async () => {
  await all.write('token.csv', csvOf('user', 3));
  stub.status = 401;
  const failure = await all.failure('token', { file: 'token.csv' });
  expect(failure.type).toBe('PreflightFailed');
  expect(failure.message).toContain('KRATOS_ADMIN_TOKEN');
  expect(failure.message).not.toContain('secret');
});

test('a Kratos that does not answer at the start is waited for, with a notice, and nothing is lost', async () => {
  await all.write('down.csv', csvOf('user', 3));
  stub.status = 503;
  const handle = await all.start('down', { file: 'down.csv' });
  await untilNotice(handle, /^Kratos answered 503: .* Waiting for it; the next try is in 10 s\.$/);
  delete stub.status;
  expect((await handle.result()) as object).toMatchObject({ rows: { created: 3 } });
});

test('a Kratos that is overloaded in the middle is waited for, with a notice', async () => {
  const handle = await midway('middle-503');
  stub.status = 503;
  await untilNotice(handle, /^Kratos answered 503: create identities\. Slowing down/);
  delete stub.status;
  await expectItGoesOn(handle);
});

test('a token that is refused in the middle pauses the import, with a notice, until it is taken again', async () => {
  const handle = await midway('middle-403');
  stub.status = 403;
  // What it was asked last: a chunk is created, or one of users who exist is looked up.
  await untilNotice(
    handle,
    /^Paused\. Kratos answered 403: (create identities|list identities by id).* KRATOS_ADMIN_TOKEN/,
  );
  expect((await progressOf(handle)).paused).toBe(true);
  delete stub.status;
  await expectItGoesOn(handle);
});

test('an import whose only chunk is terminated while it waits for the token does not wait for ever', async () => {
  const handle = await midway('middle-lost');
  stub.status = 403;
  await untilNotice(handle, /^Paused\. Kratos answered 403/);
  const [chunk] = (await handle.describe()).raw.pendingChildren ?? [];
  await all.client.workflow.getHandle(chunk!.workflowId!).terminate();
  await untilNotice(handle, /^Chunks? .* ended before (it was|all were) done/);
  delete stub.status;
  await expectItGoesOn(handle);
});

test('a worker that does not see the folder of the run says so, and the chunk goes on when it sees it again', async () => {
  const handle = await midway('folder');
  const folder = path.join(world.runs, 'folder');
  await rename(folder, `${folder}-away`);
  await untilNotice(handle, /must have the same IMPORT_RUNS\. It is tried again\.$/);
  await rename(`${folder}-away`, folder);
  await expectItGoesOn(handle);
});

test('histories of such imports hold nothing of the file or the token', async () => {
  const histories = await historiesOf(all.client, 'middle');
  expect(histories.some(({ text }) => text.includes('Kratos answered 403'))).toBe(true);
  for (const { workflowId, text } of histories) {
    expect(text.search(/@example\.com|secret/), workflowId).toBe(-1);
  }
});
