import { expect, it } from 'vitest';
import { Log } from '../../../src/store/log.js';
import { MemoryStore } from '../../support/memory-store.js';

it('a log holds its own entries, whatever a file manager leaves beside them', async () => {
  const store = new MemoryStore();
  const first = new Log<number>(store, 'log');
  await first.add([1]);
  for (const name of ['.DS_Store', 'Thumbs.db', '.nfs0000001', 'copy/x.jsonl']) {
    await store.create(`log/${name}`, 'not an entry');
  }
  expect(await first.read()).toEqual([1]);
  await first.add([2]);
  await first.add([3]);
  expect(await new Log<number>(store, 'log').read()).toEqual([1, 2, 3]);
});
