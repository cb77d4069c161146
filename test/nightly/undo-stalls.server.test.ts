import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { allIdentities } from '../support/identities.js';
import { imports, untilNotice, type Imports } from '../support/imports.js';
import { planOf, startUndo, undoProgressOf } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const TOKEN = 'token-that-works';
const ROWS = 200;

let world: World;
let all: Imports;
let proxy: FaultProxy;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  proxy = await startFaultProxy(world);
  await startWorker(world, {
    KRATOS_ADMIN_URL: proxy.url,
    KRATOS_ADMIN_TOKEN: TOKEN,
    KRATOS_PUBLIC_URL: world.kratos.publicUrl,
  });
});
afterAll(() => world.close());

beforeEach(() => {
  proxy.faults.token = { value: TOKEN, status: 401 };
});

const deletedOf = async (handle: WorkflowHandle): Promise<number> =>
  (await undoProgressOf(handle)).undone.deleted;

/** Starts an undo of people of its own, and waits for its first chunk. */
async function midway(name: string): Promise<WorkflowHandle> {
  const addresses = Array.from({ length: ROWS }, (_, i) => `${name}${i}@example.com`);
  await all.write(`${name}.csv`, `email\n${addresses.join('\n')}\n`);
  await all.run(name, { file: `${name}.csv`, chunkSize: 10 });
  const handle = await startUndo(all, { workflowId: name });
  await planOf(handle);
  await handle.executeUpdate('approve');
  await until(async () => (await deletedOf(handle)) > 0);
  return handle;
}

async function expectItEndsWell(handle: WorkflowHandle): Promise<void> {
  const { undone } = (await handle.result()) as UndoSummary;
  expect(undone).toMatchObject({ deleted: ROWS, kept: 0, already_deleted: 0 });
  expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
}

test('a token that is refused amid an undo pauses it, with a notice, until it is taken again', async () => {
  const handle = await midway('token');
  proxy.faults.token = { value: 'another', status: 403 };
  await untilNotice(handle, /^Paused\. Kratos answered 403: .* KRATOS_ADMIN_TOKEN/);
  // A chunk that has all its answers ends after the notice, and ends the pause until the next report.
  await until(async () => (await undoProgressOf(handle)).paused);
  expect(await deletedOf(handle)).toBeLessThan(ROWS);
  proxy.faults.token = { value: TOKEN, status: 401 };
  await expectItEndsWell(handle);
});

test('a Kratos that goes away amid an undo is waited for, with a notice', async () => {
  const handle = await midway('away');
  await proxy.down();
  await untilNotice(handle, /^Kratos does not answer/);
  expect(await deletedOf(handle)).toBeLessThan(ROWS);
  await proxy.up();
  await expectItEndsWell(handle);
});
