import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { readDueUser, writeDueUsers } from '../../../src/store/due-users.js';
import { writeOutcomes } from '../../../src/store/outcomes.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { RUN } from '../../support/planned-run.js';

const FIRST_LINE = 1_000_002;
const RANGE = {
  start: 0,
  bytes: 0,
  line: FIRST_LINE,
  rows: 5,
  invalid: new Set<number>(),
  sha256: 'a'.repeat(64),
};
const IDS = [randomUUID(), randomUUID()];

/** Rows on lines that are not one after the other: a cell of the row before may have line breaks. */
const OUTCOMES: RowOutcome[] = [
  rowOn(FIRST_LINE, { identityId: IDS[0]!, invitation: 'due' }),
  rowOn(FIRST_LINE + 1, { identityId: randomUUID() }),
  rowOn(FIRST_LINE + 2, { outcome: 'invalid' }),
  rowOn(FIRST_LINE + 40, { outcome: 'skipped', identityId: IDS[1]!, invitation: 'due' }),
  rowOn(FIRST_LINE + 41, { outcome: 'failed' }),
];

function rowOn(line: number, keys: Partial<RowOutcome>): RowOutcome {
  return { line, email: 'ann@example.com', outcome: 'created', invitation: 'none', ...keys };
}

function newChunk() {
  const store = new MemoryStore();
  return { store, folder: new RunLayout(store, RUN), number: 3, range: RANGE };
}

const lines = OUTCOMES.map(({ line }) => line);
const EXPECTED = [IDS[0], undefined, undefined, IDS[1], undefined];

describe('the due users of a chunk', () => {
  it('are found by line, and rows that are due nothing have none', async () => {
    const chunk = newChunk();
    await writeDueUsers(chunk, OUTCOMES);
    expect(await Promise.all(lines.map((line) => readDueUser(chunk, line)))).toEqual(EXPECTED);
    expect(await readDueUser(chunk, FIRST_LINE + 20)).toBeUndefined();
  });

  it('are 16 bytes a line, without anything else of a row', async () => {
    const chunk = newChunk();
    await writeDueUsers(chunk, OUTCOMES);
    const key = chunk.folder.dueUsers(chunk);
    expect(key).toMatch(/\/invitations\/3-a{12}\.due$/);
    const hex = (await chunk.store.read(key))!.bytes.toString('hex');
    expect(hex).toHaveLength(41 * 32);
    const [first, second] = IDS.map((id) => id.replaceAll('-', ''));
    expect(hex).toBe(`${first}${'0'.repeat(39 * 32)}${second}`);
  });

  it('are made anew from the outcomes where the file is missing', async () => {
    const chunk = newChunk();
    await writeOutcomes(chunk, OUTCOMES);
    expect(await readDueUser(chunk, lines[3]!)).toBe(IDS[1]);
    await chunk.store.remove([chunk.folder.outcomes(chunk)]);
    expect(await Promise.all(lines.map((line) => readDueUser(chunk, line)))).toEqual(EXPECTED);
  });

  it('are none, and no file is made, when the chunk has no outcomes', async () => {
    const chunk = newChunk();
    expect(await readDueUser(chunk, FIRST_LINE)).toBeUndefined();
    expect(await chunk.store.stat(chunk.folder.dueUsers(chunk))).toBeUndefined();
  });

  it('are none of a chunk that has no row to invite', async () => {
    const chunk = newChunk();
    await writeOutcomes(chunk, OUTCOMES.slice(1, 3));
    expect(await readDueUser(chunk, FIRST_LINE + 1)).toBeUndefined();
    expect(await chunk.store.stat(chunk.folder.dueUsers(chunk))).toMatchObject({ bytes: 0 });
  });

  it('are whole for every reader while attempts write them at once', async () => {
    const chunk = newChunk();
    await writeOutcomes(chunk, OUTCOMES);
    const attempts = Array.from({ length: 8 }, async (_, i) => {
      if (i % 2 === 0) await writeDueUsers(chunk, OUTCOMES);
      return Promise.all(lines.map((line) => readDueUser(chunk, line)));
    });
    for (const found of await Promise.all(attempts)) expect(found).toEqual(EXPECTED);
  });

  it('are not those of other rows under the same number', async () => {
    const chunk = newChunk();
    await writeDueUsers(chunk, OUTCOMES);
    const otherRows = { ...chunk, range: { ...RANGE, sha256: 'b'.repeat(64) } };
    expect(await readDueUser(otherRows, FIRST_LINE)).toBeUndefined();
  });
});
