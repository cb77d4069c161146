import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { imports, progressOf, untilNotice, type Imports } from '../support/imports.js';
import { csvOf } from '../support/people.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const TOKEN = 'token-of-the-worker';
const ROWS = 600;

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

// For as long as the token is refused, every attempt tries again each ten seconds.
test.each([401, 403] as const)(
  'a token that is refused with %i in the middle pauses the import, which goes on by itself when it is taken again',
  async (status) => {
    proxy.faults = { writesLeft: 5 };
    proxy.writes.length = 0;
    const file = `token-${status}.csv`;
    await all.write(file, csvOf(`token-${status}-`, ROWS));
    const handle = await all.start(`token-${status}`, { file, chunkSize: 20, concurrency: 3 });
    await until(() => proxy.count(200) >= 5);
    proxy.faults = { token: { value: 'another-token', status } };
    await until(async () => (await progressOf(handle)).paused);
    await untilNotice(
      handle,
      new RegExp(`^Paused\\. Kratos answered ${status}: .*KRATOS_ADMIN_TOKEN`),
    );
    const { chunks } = await progressOf(handle);
    expect(chunks.done).toBeLessThan(chunks.total);
    proxy.faults = { token: { value: TOKEN, status } };
    expect(await handle.result()).toMatchObject({ rows: { total: ROWS, created: ROWS } });
    await untilNotice(handle, /^Kratos takes the token again; the import goes on\.$/);
    expect((await progressOf(handle)).paused).toBe(false);
  },
);
