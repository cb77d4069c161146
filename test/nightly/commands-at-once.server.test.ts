import { afterAll, beforeAll, expect, test } from 'vitest';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  worker = await startWorker(world);
});

afterAll(() => world.close());

test('an approval and another mode that come while no worker runs let no chunk start in that mode', async () => {
  await all.write('at-once.csv', csvOf('at-once-', 30));
  const handle = await all.start('at-once', {
    file: 'at-once.csv',
    canaryRows: 5,
    chunkSize: 5,
    concurrency: 1,
  });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  await worker.stop();
  await handle.signal('approve');
  const moded = handle.executeUpdate('setMode', { args: ['update'] });
  // Temporal has the update when the worker asks for its first task.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  worker = await startWorker(world);
  await moded;
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  expect(await progressOf(handle)).toMatchObject({ mode: 'update', rows: { done: 5 } });
  await handle.executeUpdate('approve');
  expect(await handle.result()).toMatchObject({ rows: { created: 30 } });
}, 60_000);
