/** What a chunk costs in requests to a real store, each of which is a round trip, and in milliseconds. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import { attempt } from '../support/chunk-attempts.js';
import { KratosInMemory } from '../support/kratos-in-memory.js';
import { PlannedRun } from '../support/planned-run.js';
import { startS3FaultProxy, type S3FaultProxy } from '../support/s3-fault-proxy.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';

const ROWS = 500;
const CHUNKS = 10;
const FILE = [
  'email',
  ...Array.from({ length: ROWS * CHUNKS }, (_, i) => `u${i}@example.com`),
  '',
].join('\n');

let s3: TestS3;
let proxy: S3FaultProxy;

beforeAll(async () => {
  s3 = await startTestS3();
  Object.assign(process.env, s3.env);
  proxy = await startS3FaultProxy(s3);
});
afterAll(async () => {
  await proxy.close();
  await s3.close();
});

/** Milliseconds a chunk, one after the other; Kratos takes no time. */
async function timeChunks(run: PlannedRun): Promise<number> {
  const kratos = new KratosInMemory();
  const started = performance.now();
  for (let chunk = 1; chunk <= CHUNKS; chunk++) await attempt(run, kratos, { chunk });
  return Math.round((performance.now() - started) / CHUNKS);
}

it(`asks five times for a chunk of ${ROWS} rows: twice to read, thrice to write`, async () => {
  const onDisk = await timeChunks(await PlannedRun.of(FILE));
  const store = await openStore(`s3://${BUCKET}/runs`, proxy.env);
  const run = await PlannedRun.of(FILE, { store });
  proxy.requests.length = 0;
  const inBucket = await timeChunks(run);
  console.log(`a chunk of ${ROWS} rows: ${onDisk} ms on a disk, ${inBucket} ms in a bucket`);
  const count = (method: string) => proxy.requests.filter((each) => each.method === method).length;
  console.log(`a chunk: ${count('PUT') / CHUNKS} PUT, ${count('GET') / CHUNKS} GET`);
  expect(count('PUT')).toBe(3 * CHUNKS);
  // A list and the outcomes, which are not there; the plan and the lines of the chunks are read once.
  expect(count('GET')).toBeLessThanOrEqual(2 * CHUNKS + 2);
  expect(proxy.requests).toHaveLength(count('PUT') + count('GET'));
});
