import { beforeEach, expect, it } from 'vitest';
import type { UndoEntry } from '../../../src/contract/undo/outcomes.js';
import { RunLayout, type ChunkFiles } from '../../../src/store/run-layout.js';
import { StoreError } from '../../../src/store/store.js';
import { readUndoLedger, UndoLedger } from '../../../src/store/undo-ledger.js';
import { CountingStore } from '../../support/counting-store.js';
import { RUN } from '../../support/planned-run.js';

let store: CountingStore;
let chunk: ChunkFiles;
beforeEach(() => {
  store = new CountingStore();
  chunk = { folder: new RunLayout(store, RUN), number: 1, range: { sha256: 'a'.repeat(64) } };
});

const entry = (line: number, undone: UndoEntry['undone'], undo = 'undo-1'): UndoEntry => ({
  ...{ line, identityId: `id-${line}`, undone, undo, actor: 'bob' },
  at: '2026-11-02T10:00:00.000Z',
});

it('has what is about to be done before it is done, and what was done with the next intention', async () => {
  const ledger = await UndoLedger.open(chunk);
  await ledger.intend([2, 3]);
  expect((await readUndoLedger(chunk)).begun).toEqual(new Set([2, 3]));
  ledger.add([entry(2, 'deleted'), entry(3, 'kept')]);
  expect((await readUndoLedger(chunk)).entries.size).toBe(0);
  await ledger.intend([4]);
  const { begun, entries } = await readUndoLedger(chunk);
  expect(begun).toEqual(new Set([4]));
  expect([...entries.values()].map(({ undone }) => undone)).toEqual(['deleted', 'kept']);
});

it('is written once for each group of users', async () => {
  const ledger = await UndoLedger.open(chunk);
  for (const line of [2, 3, 4]) {
    await ledger.intend([line]);
    ledger.add([entry(line, 'deleted')]);
  }
  await ledger.save();
  expect(store.take()).toEqual({ create: 1 + 3 + 1 });
});

it('has all that was added once it is read by its own attempt', async () => {
  const ledger = await UndoLedger.open(chunk);
  ledger.add([entry(2, 'kept')]);
  expect((await ledger.read()).entries.get(2)).toMatchObject({ undone: 'kept' });
});

it('keeps what a store that was away did not take for another try', async () => {
  const ledger = await UndoLedger.open(chunk);
  ledger.add([entry(2, 'deleted')]);
  const create = store.create.bind(store);
  store.create = () => Promise.reject(new StoreError('away'));
  await expect(ledger.intend([3])).rejects.toThrow('away');
  store.create = create;
  await ledger.save();
  expect((await readUndoLedger(chunk)).entries.has(2)).toBe(true);
});

it('shows two attempts each other, whichever signs first', async () => {
  const [one, other] = await Promise.all([UndoLedger.open(chunk), UndoLedger.open(chunk)]);
  expect(await Promise.all([one.isFirstAttempt(), other.isFirstAttempt()])).toEqual([false, false]);
  const alone = { ...chunk, number: 2 };
  expect(await (await UndoLedger.open(alone)).isFirstAttempt()).toBe(true);
});

it('has the last word of an undo that deleted or restored a user, whatever a later one says', async () => {
  const first = await UndoLedger.open(chunk);
  first.add([entry(2, 'deleted'), entry(3, 'kept')]);
  await first.save();
  const later = await UndoLedger.open(chunk);
  await later.read();
  later.add([entry(2, 'already_deleted', 'undo-2'), entry(3, 'restored', 'undo-2')]);
  const { entries } = await later.read();
  expect([...entries.values()].map(({ undone, undo }) => [undone, undo])).toEqual([
    ['deleted', 'undo-1'],
    ['restored', 'undo-2'],
  ]);
});
