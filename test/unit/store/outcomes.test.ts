import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { readOutcomes, writeOutcomes } from '../../../src/store/outcomes.js';
import { createRunFolder, finishedJournals } from '../../../src/store/run-folder.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { RUN, temporaryFolder } from '../../support/planned-run.js';

const RANGE = { sha256: '0123456789abcdef'.repeat(4) };
const OTHER_ROWS = { sha256: 'fedcba9876543210'.repeat(4) };

async function newFolder(): Promise<RunLayout> {
  const folder = new RunLayout(await temporaryFolder(), RUN);
  await createRunFolder(folder);
  return folder;
}

const outcome = (line: number, more: Partial<RowOutcome> = {}): RowOutcome => ({
  line,
  email: 'ann@example.com',
  outcome: 'skipped',
  invitation: 'none',
  ...more,
});

describe('the outcomes of a chunk', () => {
  it('are there once they are written, as they were, for their owner only', async () => {
    const folder = await newFolder();
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toBeUndefined();
    const written = [outcome(2, { raw: '"a\nb"' }), outcome(5, { changes: [] })];
    expect(await writeOutcomes({ folder, number: 1, range: RANGE }, written)).toEqual(written);
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toEqual(written);
    expect((await stat(folder.outcomes({ number: 1, range: RANGE }))).mode & 0o777).toBe(0o600);
  });

  it('are those of the attempt that was done first', async () => {
    const folder = await newFolder();
    const first = [outcome(2, { identityId: 'id-1' })];
    await writeOutcomes({ folder, number: 1, range: RANGE }, first);
    expect(await writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2)])).toEqual(first);
    expect(await readOutcomes({ folder, number: 1, range: RANGE })).toEqual(first);
  });

  it('are not those of other rows under the same number', async () => {
    const folder = await newFolder();
    await writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2)]);
    expect(await readOutcomes({ folder, number: 1, range: OTHER_ROWS })).toBeUndefined();
    expect(await readOutcomes({ folder, number: 2, range: RANGE })).toBeUndefined();
    await writeOutcomes({ folder, number: 1, range: OTHER_ROWS }, [outcome(3)]);
    expect(await readdir(join(folder.path, 'outcomes'))).toHaveLength(2);
  });

  it('are of one journal, whose name says so', async () => {
    const folder = await newFolder();
    await writeOutcomes({ folder, number: 1, range: RANGE }, [outcome(2)]);
    expect(await finishedJournals(folder)).toEqual([folder.journal({ number: 1, range: RANGE })]);
    expect(folder.journal({ number: 1, range: RANGE })).toMatch(/\/1-0123456789ab\.journal$/);
  });
});
