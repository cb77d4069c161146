import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkJournal, readJournal } from '../../../src/store/chunk-journal.js';
import { temporaryFolder } from '../../support/planned-run.js';

const lines = fc.uniqueArray(fc.integer({ min: 2, max: 99 }), { maxLength: 5 });
/** The lines that attempts are about to change, which they write one after the other. */
const attempts = fc.array(fc.array(lines, { maxLength: 4 }), { minLength: 1, maxLength: 3 });

const CHANGES = [{ path: '/traits/role', before: 'user', after: 'admin' }];

async function write(path: string, groups: number[][]): Promise<void> {
  const journal = await ChunkJournal.open(path);
  for (const group of groups) {
    await journal.intend(group.map((line) => ({ line, changes: CHANGES })));
  }
  await journal.close();
}

describe('a journal that a crash cut off anywhere', () => {
  it('keeps all that was before the cut, and takes all that comes after it', async () => {
    const folder = await temporaryFolder();
    const property = fc.asyncProperty(
      attempts,
      attempts,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (before, after, share) => {
        const path = join(folder, 'journal');
        await rm(path, { force: true });
        for (const groups of before) await write(path, groups);
        const text = await readFile(path, 'utf8');
        const cut = Math.floor(share * text.length);
        await truncate(path, cut);
        const whole = text.slice(0, cut).match(/(?<=\n)\{[^\n]*\}(?=\n|$)/g) ?? [];
        const linesOf = (entries: string[]) =>
          entries.flatMap((entry) => /"line":(\d+)/.exec(entry)?.[1] ?? []).map(Number);
        expect(new Set((await readJournal(path)).intents.keys())).toEqual(new Set(linesOf(whole)));

        for (const groups of after) await write(path, groups);
        expect(new Set((await readJournal(path)).intents.keys())).toEqual(
          new Set([...linesOf(whole), ...after.flat(2)]),
        );
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});
