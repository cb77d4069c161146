import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { writeReport } from '../../../src/report/write-report.js';
import { ChunkJournal } from '../../../src/store/chunk-journal.js';
import { attempt, journalKeyOf, NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { filesIn, textOf } from '../../support/stored.js';

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
c3@example.com,user
`;

/** What an attempt at chunk 2 had decided when the import ended. */
const DECIDED: RowOutcome[] = [
  {
    line: 6,
    email: 'b2@example.com',
    outcome: 'failed',
    codes: ['identifier_conflict'],
    reason: 'another user has it',
    invitation: 'none',
    raw: 'b2@example.com,user',
  },
];

/** Chunk 1 is imported, chunk 2 partly, chunk 3 was never reached. */
async function stopped(decided: RowOutcome[]): Promise<PlannedRun> {
  const kratos = new KratosInMemory();
  const run = await PlannedRun.of(FILE, {
    kratos,
    input: { chunkSize: 3, onInvalid: 'import-valid' },
  });
  await attempt(run, kratos);
  const journal = await ChunkJournal.open(run.folder.store, await journalKeyOf(run, 2));
  await journal.decide(decided);
  await journal.keep();
  return run;
}

async function reportOf(run: PlannedRun) {
  const request = {
    run: RUN,
    ending: 'cancelled' as const,
    startedAt: '2026-11-02T09:00:00.000Z',
    settings: inputOf(),
    planned: true,
    undecidedChunks: [2],
    timeline: NO_TIMELINE,
    history: { rows: [], mails: [] },
  };
  const report = await writeReport(run.folder, run.root, request, { now: () => NOW });
  const results = (await textOf(run.folder, run.folder.results)).trimEnd().split('\n').slice(1);
  return {
    report,
    results: results.map((line) => line.replace(/[0-9a-f]{8}-[-0-9a-f]{27}/, 'ID')),
  };
}

const FIRST = ['2,a1@example.com,created,ID,,due', '3,a2,invalid,,invalid_email,none'];
const LAST = ['8,c1@example.com,unprocessed,,,none', '9,c2,invalid,,invalid_email,none'];

describe('a chunk that did not end', () => {
  it('has the outcomes of its decided rows, and the rest as undecided', async () => {
    const run = await stopped(DECIDED);
    const { report, results } = await reportOf(run);
    expect(results).toEqual([
      ...FIRST,
      '4,a3@example.com,created,ID,,due',
      '5,b1@example.com,undecided,,,none',
      '6,b2@example.com,failed,,identifier_conflict,none',
      '7,b3,invalid,,invalid_email,none',
      ...LAST,
      '10,c3@example.com,unprocessed,,,none',
    ]);
    expect(report.rows).toMatchObject({
      total: 9,
      created: 2,
      failed: 1,
      invalid: 3,
      undecided: 1,
      unprocessed: 2,
    });
    expect(report.errors['identifier_conflict']).toEqual({ count: 1, lines: [6] });
    expect(await textOf(run.folder, run.folder.rejects)).toContain(
      '\nb2@example.com,user,6,identifier_conflict,another user has it\n',
    );
  });

  it('has them also when the file has changed', async () => {
    const run = await stopped(DECIDED);
    await writeFile(join(run.importRoot, 'users.csv'), 'email\nx@example.com\n');
    const { report, results } = await reportOf(run);
    expect(results.slice(3)).toEqual([
      '6,b2@example.com,failed,,identifier_conflict,none',
      ',,undecided,,,none',
      '7,,invalid,,invalid_email,none',
      ',,unprocessed,,,none',
      '9,,invalid,,invalid_email,none',
      ',,unprocessed,,,none',
    ]);
    expect(report.rows).toMatchObject({ total: 9, failed: 1, undecided: 1, unprocessed: 2 });
  });

  it('has only undecided rows when nothing was decided', async () => {
    const { report } = await reportOf(await stopped([]));
    expect(report.rows).toMatchObject({ failed: 0, undecided: 2 });
  });

  it('keeps its journal, and chunks that are finished lose theirs', async () => {
    const run = await stopped(DECIDED);
    const journals = async () => {
      const files = await filesIn(run.folder);
      const folders = files.flatMap((name) => /^outcomes\/.*\.journal(?=\/)/.exec(name) ?? []);
      return [...new Set(folders.map((name) => `${run.folder.prefix}/${name}`))];
    };
    const [done, open] = [await journalKeyOf(run, 1), await journalKeyOf(run, 2)];
    expect(await journals()).toEqual([done, open]);
    const first = await reportOf(run);
    expect(await journals()).toEqual([open]);
    expect(await reportOf(run)).toEqual(first);
  });
});
