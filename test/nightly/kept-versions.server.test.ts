/** What a bucket keeps that no listing of its keys shows: versions, more than one page of them, and parts of uploads. */
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { BUCKET, startTestS3, type TestS3 } from '../support/s3-server.js';

let s3: TestS3;
let client: S3Client;
let store: Store;

beforeAll(async () => {
  s3 = await startTestS3({ versioning: true });
  Object.assign(process.env, s3.env);
  store = await openStore(`s3://${BUCKET}/runs`, s3.env);
  client = new S3Client({ forcePathStyle: true, endpoint: s3.url });
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
});
afterAll(async () => {
  client.destroy();
  await s3.close();
});

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

it('has no part of an upload left once its writer is known to be dead', async () => {
  const Bucket = BUCKET;
  const begin = async (Key: string): Promise<void> => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { PartNumber: 1, Body: 'the address of a person' };
    await client.send(new UploadPartCommand({ Bucket, Key, UploadId, ...part }));
  };
  const uploads = async (): Promise<(string | undefined)[]> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.map(({ Key }) => Key);
  };
  for (const name of ['run/results.csv', 'run-2/results.csv']) await begin(`runs/${name}`);
  await store.tidy('run');
  expect(await uploads()).toHaveLength(2);
  await store.tidy('run', { isEnded: true });
  expect(await uploads()).toEqual(['runs/run-2/results.csv']);
});
