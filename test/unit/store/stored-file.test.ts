import { describe, expect, it } from 'vitest';
import { DiskStore } from '../../../src/store/disk-store.js';
import { linesOf, partsOf } from '../../../src/store/parts-of.js';
import { StoredFile } from '../../../src/store/stored-file.js';
import { StoreError, VersionChanged, type Store } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { temporaryFolder } from '../../support/planned-run.js';

const STORES: [string, () => Promise<Store>][] = [
  ['a folder', async () => new DiskStore(await temporaryFolder())],
  ['memory', () => Promise.resolve(new MemoryStore())],
];

async function namesIn(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of store.list('files')) names.push(key);
  return names;
}

describe.each(STORES)('files that are written side by side, in %s', (_what, open) => {
  it('are there once they are committed, and not before', async () => {
    const store = await open();
    const [one, other] = ['files/one', 'files/other'].map((key) => new StoredFile(store, key, '#'));
    for (const part of ['a', 'b']) {
      await one!.write(part);
      await other!.write(part.toUpperCase());
    }
    expect(await namesIn(store)).toEqual([]);
    await one!.commit();
    expect(await namesIn(store)).toEqual(['files/one']);
    await other!.commit();
    expect((await store.read('files/one'))?.bytes.toString()).toBe('#ab');
    expect((await store.read('files/other'))?.bytes.toString()).toBe('#AB');
  });

  it('leave what was there when they are discarded', async () => {
    const store = await open();
    await store.replace('files/one', 'earlier');
    const file = new StoredFile(store, 'files/one', '');
    await file.write('later');
    await file.discard();
    expect((await store.read('files/one'))?.bytes.toString()).toBe('earlier');
    expect(await namesIn(store)).toEqual(['files/one']);
  });
});

it('a file that the store does not take fails where it is written, and can be discarded', async () => {
  const store = new MemoryStore();
  store.write = () => Promise.reject(new StoreError('away'));
  const file = new StoredFile(store, 'files/one', '#');
  await expect(file.write('a')).rejects.toThrow('away');
  await file.discard();
  await expect(new StoredFile(store, 'files/one').commit()).rejects.toThrow('away');
});

describe('a file of any size', () => {
  /** Longer than a part, with a character of several bytes wherever a part may end. */
  const LINES = Array.from({ length: 200_000 }, (_, i) => `${i} ${'ü'.repeat(i % 30)}`);

  it('is read in parts, and its lines are whole', async () => {
    const store = new MemoryStore();
    await store.create('files/long', LINES.map((line) => `${line}\n`).join(''));
    const lines: string[] = [];
    for await (const line of linesOf(store, 'files/long')) lines.push(line);
    expect(lines).toEqual(LINES);
  });

  it('has a last line without a line break, and may be empty or missing', async () => {
    const store = new MemoryStore();
    await store.create('files/short', 'a\n\nb');
    await store.create('files/empty', '');
    for (const [name, expected] of Object.entries({ short: ['a', '', 'b'], empty: [], none: [] })) {
      const lines: string[] = [];
      for await (const line of linesOf(store, `files/${name}`)) lines.push(line);
      expect(lines, name).toEqual(expected);
    }
  });

  it('is not mixed from two contents', async () => {
    const store = new MemoryStore();
    await store.create('files/long', Buffer.alloc(20_000_000));
    const reading = async () => {
      for await (const _part of partsOf(store, 'files/long')) {
        await store.replace('files/long', Buffer.alloc(20_000_000, 1));
      }
    };
    await expect(reading()).rejects.toThrow(VersionChanged);
  });
});
