/** A store that takes requests and never answers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import { StoreError, type Store } from '../../src/store/store.js';
import { startS3FaultProxy, type S3FaultProxy } from '../support/s3-fault-proxy.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';

let s3: TestS3;
let proxy: S3FaultProxy;
let store: Store;

beforeAll(async () => {
  s3 = await startTestS3();
  Object.assign(process.env, s3.env);
  proxy = await startS3FaultProxy(s3);
  store = await openStore(`s3://${BUCKET}/runs`, proxy.env);
});
afterAll(async () => {
  await proxy.close();
  await s3.close();
});

it('is asked again when a request gets no answer', async () => {
  proxy.plan('silent', /^PUT/);
  expect(await store.create('run/a', 'a')).toBe(true);
  proxy.plan('silent', /^GET/);
  expect((await store.read('run/a'))!.bytes.toString()).toBe('a');
});

it('is given up before an attempt has missed its heartbeats', async () => {
  proxy.plan('silent', /^(PUT|GET|HEAD|POST)/, 100);
  const list = async (): Promise<void> => {
    for await (const _ of store.list('run')) continue;
  };
  const started = Date.now();
  const works = [
    store.create('run/b', 'b'),
    store.replace('run/a', 'b', { ifVersion: '"0"' }),
    store.read('run/a'),
    store.stat('run/a'),
    store.remove(['run/a']),
    list(),
  ];
  for (const result of await Promise.allSettled(works)) {
    expect(result).toMatchObject({ reason: expect.any(StoreError) as StoreError });
  }
  // Heartbeats may be missed for 20 seconds; a busy machine wakes a second late.
  expect(Date.now() - started).toBeLessThan(20_000);
});
