/** More signals than a slow worker can take, up to the most that Temporal keeps for an execution. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withImpatientTemporal } from '../support/impatient-temporal.js';
import { imports, progressOf, wasCancelled, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { steer } from '../support/steering.js';
import { until } from '../support/until.js';
import { startWorker, type WorkerProcess } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await withImpatientTemporal(await createWorld(), 80);
  all = await imports(world);
  worker = await startWorker(world);
});

afterAll(() => world.close());

const SIGNALS = 10_000;

/** Lets a stopped process run for a tenth of the time, and then without a break. */
async function runSlowly(pid: number, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    process.kill(pid, 'SIGCONT');
    await sleep(10);
    process.kill(pid, 'SIGSTOP');
    await sleep(90);
  }
  process.kill(pid, 'SIGCONT');
}

test('an import goes on after all the signals that Temporal takes, on a worker with little of a core', async () => {
  await all.write('flood.csv', csvOf('flood', 1));
  const handle = await all.start('flood', { file: 'flood.csv', approval: 'required' });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const { runId } = await handle.describe();

  process.kill(worker.pid, 'SIGSTOP');
  let refused = 0;
  for (let sent = 0; sent < SIGNALS; sent += 100) {
    const rates = Array.from({ length: 100 }, (_, i) => ((sent + i) % 1000) + 1);
    const given = rates.map((rate) => handle.signal('setEmailRate', rate));
    refused += (await Promise.allSettled(given)).filter(
      ({ status }) => status === 'rejected',
    ).length;
  }
  expect(refused).toBeLessThan(100);

  const slow = new AbortController();
  const slowed = runSlowly(worker.pid, slow.signal);
  try {
    await until(async () => (await handle.describe()).runId !== runId);
  } finally {
    slow.abort();
    await slowed;
  }

  expect(await steer(handle, 'signal', 'pause')).toMatchObject({
    paused: true,
    phase: 'awaiting-approval',
  });
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
});
