import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { streamKnownRows, type LineRange } from '../../../src/report/known-rows.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { attempt, journalKeyOf } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

/** Three rows a chunk; each chunk has one that is invalid. */
const FILE = `email,role
a1@example.com,user
a2,user
a3@example.com,user
b1@example.com,user
b2@example.com,user
b3,user
c1@example.com,user
c2,user
c3@example.com,nobody
`;

/** What an attempt at chunk 2 has decided so far. */
const DECIDED: RowOutcome = {
  ...{ line: 6, email: 'b2@example.com', outcome: 'failed', codes: ['identifier_conflict'] },
  ...{ reason: 'another user has it', invitation: 'none', raw: 'b2@example.com,user' },
};

/** Chunk 1 is imported, chunk 2 partly, chunk 3 was never reached. */
async function underWay(onInvalid: 'stop' | 'import-valid' = 'import-valid'): Promise<PlannedRun> {
  const kratos = new KratosInMemory();
  const run = await PlannedRun.of(FILE, { kratos, input: { chunkSize: 3, onInvalid } });
  if (onInvalid === 'stop') return run;
  await attempt(run, kratos);
  const journal = await ChunkJournal.open(run.folder.store, await journalKeyOf(run, 2));
  await journal.decide([DECIDED]);
  await journal.keep();
  return run;
}

async function rowsOf(run: PlannedRun, lines?: LineRange) {
  const rows: [line: number, outcome: string, codes: string | undefined][] = [];
  for await (const chunk of streamKnownRows(run, lines)) {
    for (const { line, outcome, codes } of chunk) rows.push([line, outcome, codes?.join()]);
  }
  return rows;
}

const INVALID = [
  [3, 'invalid', 'invalid_email'],
  [7, 'invalid', 'invalid_email'],
  [9, 'invalid', 'invalid_email'],
  [10, 'invalid', 'invalid_role'],
] as const;

describe('the rows whose outcome is known', () => {
  it('are those of chunks that are done, what an attempt has decided, and all invalid ones', async () => {
    expect(await rowsOf(await underWay())).toEqual([
      [2, 'created', undefined],
      INVALID[0],
      [4, 'created', undefined],
      [6, 'failed', 'identifier_conflict'],
      ...INVALID.slice(1),
    ]);
  });

  it('are the invalid ones where validation ended the import', async () => {
    expect(await rowsOf(await underWay('stop'))).toEqual(INVALID);
  });

  it('are read for the wanted lines alone', async () => {
    const run = await underWay();
    expect(await rowsOf(run, { from: 4, to: 6 })).toEqual([
      [4, 'created', undefined],
      [6, 'failed', 'identifier_conflict'],
    ]);
    expect(await rowsOf(run, { from: 7, to: 7 })).toEqual([INVALID[1]]);
    expect(await rowsOf(run, { from: 10, to: Infinity })).toEqual([INVALID[3]]);
    expect(await rowsOf(run, { from: 11, to: 900 })).toEqual([]);
  });

  it('are still told once a purge has removed the refused rows, without their codes', async () => {
    const run = await underWay();
    const { folder, plan } = run;
    await folder.store.remove([folder.ofPlan(plan.validation, 'invalid.csv')]);
    expect(await rowsOf(run)).toEqual([
      [2, 'created', undefined],
      [3, 'invalid', undefined],
      [4, 'created', undefined],
      [6, 'failed', 'identifier_conflict'],
    ]);
  });
});
