import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { readOutcomes, writeOutcomes } from '../../../src/store/outcomes.js';
import { finishedJournals, hasOutcomes } from '../../../src/store/run-folder.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN } from '../../support/planned-run.js';

const RANGE = { sha256: '0123456789abcdef'.repeat(4) };
const OTHER_ROWS = { sha256: 'fedcba9876543210'.repeat(4) };

function newFolder(): RunLayout {
  return new RunLayout(new MemoryStore(), RUN);
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function keysBelow({ store }: RunLayout, prefix: string): Promise<string[]> {
  return (await collected(store.list(prefix))).map(({ key }) => key);
}

const outcome = (line: number, more: Partial<RowOutcome> = {}): RowOutcome => ({
  line,
  email: 'ann@example.com',
  outcome: 'skipped',
  invitation: 'none',
  ...more,
});

describe('the outcomes of a chunk', () => {
  it('are there once they are written, as they were', async () => {
    const folder = newFolder();
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toBeUndefined();
    const written = [outcome(2, { raw: '"a\nb"' }), outcome(5, { changes: [] })];
    expect(await writeOutcomes({ folder, number: 1, range: RANGE }, written)).toEqual(written);
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toEqual(written);
  });

  it('are those of the attempt that was done first', async () => {
    const folder = newFolder();
    const first = [outcome(2, { identityId: 'id-1' })];
    await writeOutcomes({ folder, number: 1, range: RANGE }, first);
    expect(await writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2)])).toEqual(first);
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toEqual(first);
  });

  it('are not those of other rows under the same number', async () => {
    const folder = newFolder();
    await writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2)]);
    expect(await readOutcomes({ folder, number: 1, range: OTHER_ROWS })).toBeUndefined();
    expect(await readOutcomes({ folder, number: 2, range: RANGE })).toBeUndefined();
    await writeOutcomes({ folder, number: 1, range: OTHER_ROWS }, [outcome(3)]);
    expect(await keysBelow(folder, folder.outcomesFolder)).toHaveLength(2);
  });

  it('are those of one of several attempts that are done at once, for all of them', async () => {
    const folder = newFolder();
    const found = await Promise.all(
      ['a', 'b', 'c'].map((identityId) =>
        writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2, { identityId })]),
      ),
    );
    const standing = await readOutcomes({ folder, number: 1, range: RANGE });
    expect(found).toEqual([standing, standing, standing]);
  });

  it('finish the journal of their chunk, and no other', async () => {
    const folder = newFolder();
    expect(await hasOutcomes(folder)).toBe(false);
    for (const number of [1, 11, 2]) {
      const journal = folder.journal({ number, range: RANGE });
      await ChunkJournal.open(folder.store, journal);
      await ChunkJournal.open(folder.store, journal);
    }
    expect(await hasOutcomes(folder)).toBe(true);
    expect(await collected(finishedJournals(folder))).toEqual([]);
    for (const number of [1, 3]) {
      await writeOutcomes({ folder, number, range: RANGE }, [outcome(2)]);
    }
    const ofFirst = await keysBelow(folder, folder.journal({ number: 1, range: RANGE }));
    expect(ofFirst).toHaveLength(2);
    expect(await collected(finishedJournals(folder))).toEqual(ofFirst);
  });
});
