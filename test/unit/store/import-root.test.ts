/** Files to import that are in a store: named, read, changed and missing. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readFully, readAhead } from '../../../src/csv/byte-source.js';
import { FileError } from '../../../src/csv/file-error.js';
import { rootOfSeenFiles, SourceMissing } from '../../../src/store/import-root.js';
import { readChunk, readPlan } from '../../../src/store/plan.js';
import { readChunkRows } from '../../../src/store/read-chunk-rows.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { StoreRoot } from '../../../src/store/store-root.js';
import { VersionChanged, type ReadOptions } from '../../../src/store/store.js';
import { makePlan } from '../../../src/validation/make-plan.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { MemoryStore } from '../../support/memory-store.js';
import { inputOf, RUN } from '../../support/planned-run.js';

const MIB = 1024 * 1024;

class CountingStore extends MemoryStore {
  readonly reads: number[] = [];

  override read(key: string, options: ReadOptions = {}) {
    this.reads.push(options.range?.bytes ?? Infinity);
    return super.read(key, options);
  }
}

async function rootWith(content: string | Buffer) {
  const store = new CountingStore();
  await store.create('march/users.csv', content);
  return { store, root: new StoreRoot(store) };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof FileError ? error.problem.code : error),
  );

it.each([
  '../users.csv',
  'march/../../users.csv',
  '/march/users.csv',
  'march//users.csv',
  './march/users.csv',
  'march/%2e%2e/users.csv',
  'march%2Fusers.csv',
  'march\\users.csv',
  'march/users.csv\n',
  's3://other-bucket/march/users.csv',
  '',
  '.',
  '..',
])('takes no name that leads elsewhere: %j', async (file) => {
  const { root, store } = await rootWith('email\n');
  expect(await codeOf(root.open(file))).toBe('file_outside_root');
  expect(store.reads).toEqual([]);
});

it('finds a file by its key, and says where it has looked for one that is not there', async () => {
  const { root } = await rootWith('email\n');
  expect((await root.open('march/users.csv')).bytes).toBe(6);
  await expect(root.open('users.csv')).rejects.toThrow(/file_not_found: "users.csv".*memory/);
});

it('reads a whole file in few requests, and a part of it in one of just its size', async () => {
  const content = Buffer.alloc(20 * MIB, 'abcdefghij');
  const { root, store } = await rootWith(content);
  const whole = await root.open('march/users.csv');
  const parts: Buffer[] = [];
  for await (const part of readAhead(whole, { start: 0, end: content.length })) parts.push(part);
  expect(Buffer.concat(parts).equals(content)).toBe(true);
  expect(store.reads.length).toBeLessThan(12);
  // All of it once: nothing was asked for twice.
  expect(store.reads.reduce((a, b) => a + b)).toBe(content.length);

  store.reads.length = 0;
  const part = await root.open('march/users.csv');
  expect(await readFully(part, 5 * MIB, 100_000)).toHaveLength(100_000);
  expect(store.reads).toEqual([100_000]);
});

it('reads no other content than the one that it was opened with', async () => {
  const { root, store } = await rootWith('email\nann@example.com\n');
  const source = await root.open('march/users.csv');
  await store.replace('march/users.csv', 'email\neve@example.com\n');
  await expect(readFully(source, 0, 5)).rejects.toThrow(VersionChanged);
});

const FILE = 'email,first_name\nann@example.com,Ann\nben@example.com,Ben\n';

it.each([
  ['plain', FILE],
  ['packed', gzipSync(FILE)],
])('gives a chunk of a %s file only the rows that were validated', async (_, content) => {
  const { root, store } = await rootWith(content);
  const folder = new RunLayout(new MemoryStore(), RUN);
  const deps = { importRoot: root, kratos: new KratosInMemory(), roles: [], tenants: [] };
  const input = inputOf({ file: 'march/users.csv', chunkSize: 1 });
  await makePlan(deps, input, folder, () => undefined);
  const plan = await readPlan(folder);
  const second = await readChunk(folder, plan, 2);
  const seen = rootOfSeenFiles(root);
  const read = async () => readChunkRows(seen, { folder, plan }, second);
  expect((await read())[0]!.cells).toEqual(['ben@example.com', 'Ben']);

  // The same length, and the very rows of this chunk: it is another file all the same.
  await store.replace('march/users.csv', Buffer.from(content).fill('x', 20, 22));
  expect(await codeOf(read())).toBe('file_changed');
  await store.remove(['march/users.csv']);
  const withoutVersion = { ...plan, fileVersion: undefined };
  await expect(readChunkRows(seen, { folder, plan: withoutVersion }, second)).rejects.toThrow(
    SourceMissing,
  );
  await expect(read()).rejects.toThrow();
});
