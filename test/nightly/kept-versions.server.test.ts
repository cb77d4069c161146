/** A bucket that keeps versions, of which a purge removes more than one page of a listing has. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';

let s3: TestS3;
let store: Store;

beforeAll(async () => {
  s3 = await startTestS3({ versioning: true });
  Object.assign(process.env, s3.env);
  store = await openStore(`s3://${BUCKET}/runs`, s3.env);
  const { S3Client, PutBucketVersioningCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ forcePathStyle: true, endpoint: s3.url });
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  client.destroy();
});
afterAll(() => s3.close());

/** Versions and marks that one listing shows. */
const PAGE = 1000;

it.each([
  ['the mark of its removal ends a page', PAGE - 1],
  ['the mark of its removal begins a page', PAGE],
  ['all of it is within a page', PAGE - 2],
])('lets nothing stand under its key again where %s', async (_, before) => {
  const prefix = `run-${before}`;
  const AT_ONCE = 50;
  for (let i = 0; i < before; i += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, before - i) }, (__, j) => `a-${i + j}`);
    await Promise.all(names.map((name) => store.create(`${prefix}/${name}`, 'no person')));
  }
  const removed = [`${prefix}/b`, `${prefix}/c`];
  for (const key of removed) await store.replace(key, 'the address of a person');
  await store.remove(removed);
  expect(await store.forget!(prefix)).toBeUndefined();
  const left: string[] = [];
  for await (const { key } of store.list(prefix)) left.push(key);
  expect(left).toHaveLength(before);
  expect(left.filter((key) => removed.includes(key))).toEqual([]);
});
