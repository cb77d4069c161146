import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DiskStore } from '../../../src/store/disk-store.js';
import { allRuns } from '../../../src/store/find-run.js';
import { FORMAT, FormatError } from '../../../src/store/format.js';
import { readNights, recordNight, settingsDigest } from '../../../src/store/source-nights.js';
import type { Store } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { nightNumber } from '../../support/nights-of-source.js';
import { inputOf } from '../../support/planned-run.js';

async function diskStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'kratos-user-import-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return new DiskStore(folder);
}

const startsOf = async (store: Store, source: string, most = 99) =>
  (await readNights(store, source, most)).map(({ startedAt }) => startedAt);

describe.each<[string, () => Promise<Store>]>([
  ['a folder', diskStore],
  ['another store', () => Promise.resolve(new MemoryStore())],
])('the nights of a source, in %s', (_, open) => {
  it('are none before the first one', async () => {
    expect(await readNights(await open(), 'hr', 5)).toEqual([]);
  });

  it('are read the newest last, in whatever order they were recorded', async () => {
    const store = await open();
    for (const i of [2, 0, 11, 1]) await recordNight(store, nightNumber(i));
    const [first, second, third, last] = [0, 1, 2, 11].map((i) => nightNumber(i));
    expect(await readNights(store, 'hr', 99)).toMatchObject([first, second, third, last]);
    expect(await startsOf(store, 'hr', 2)).toEqual([third!.startedAt, last!.startedAt]);
  });

  it('are kept once, however often an attempt records one, and by whichever worker', async () => {
    const store = await open();
    await Promise.all([1, 1, 1, 2].map((i) => recordNight(store, nightNumber(i))));
    expect(await readNights(store, 'hr', 99)).toHaveLength(2);
  });

  it('are apart from those of other sources, also where one begins like another', async () => {
    const store = await open();
    for (const source of ['hr', 'HR', 'hr-2']) {
      await recordNight(store, { ...nightNumber(1), source });
    }
    for (const source of ['hr', 'HR', 'hr-2']) {
      expect((await readNights(store, source, 9)).map((night) => night.source)).toEqual([source]);
    }
  });

  it('are no runs', async () => {
    const store = await open();
    await recordNight(store, nightNumber(1));
    const runs = [];
    for await (const run of allRuns(store)) runs.push(run);
    expect(runs).toEqual([]);
  });

  it('of a later version are left to that version', async () => {
    const store = await open();
    await recordNight(store, nightNumber(1));
    const later = { ...nightNumber(2), format: FORMAT + 1, version: '99.0.0' };
    await store.replace('@sources/hr/99-later.json', JSON.stringify(later));
    await expect(readNights(store, 'hr', 9)).rejects.toThrow(FormatError);
  });
});

describe('the digest of settings', () => {
  const SOURCE = { mode: 'update', missing: { do: 'deactivate', scope: 'hr' } };
  const digestOf = (keys: object) => settingsDigest(inputOf({ ...SOURCE, ...keys }));

  it('is the same for another file, admin, pace, and what a mail says', () => {
    const others = [
      { file: 'other.csv', actor: 'bob', newest: true },
      { concurrency: 9, chunkSize: 7, haltAboveFailureRate: 1 },
      { approval: 'required', canaryRows: 3, invitations: { send: 'hold', perMinute: 5 } },
      { mapping: { file: 'm.json', sha256: 'a'.repeat(64) } },
    ];
    for (const other of others) expect(digestOf(other)).toBe(digestOf({}));
  });

  it.each<[string, object]>([
    ['what becomes of leavers', { missing: { do: 'delete', scope: 'hr' } }],
    ['how many may leave', { missing: { do: 'deactivate', scope: 'hr', atMost: 0.5 } }],
    ['what becomes of drift', { onDrift: 'keep' }],
    ['adoption', { adopt: true }],
    ['whether mails are sent, which some users may be due', { invitations: { send: 'never' } }],
    ['what is allowed', { allow: ['activate'] }],
    ['where a column goes', { columns: { mail: 'email' } }],
    ['how the file is read', { csv: { separator: ';' } }],
  ])('is another one for another setting of %s', (_, other) => {
    expect(digestOf(other)).not.toBe(digestOf({}));
  });
});
