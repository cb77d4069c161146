/** What a run of a source leaves for people: rows that nobody had to import, and users who are in none. */
import { describe, expect, it } from 'vitest';
import type { RowOutcome } from '../../../src/contract/import/outcomes.js';
import { NO_TIMELINE } from '../../../src/progress/timeline.js';
import { streamKnownRows, type LineRange } from '../../../src/report/known-rows.js';
import { sumRuns } from '../../../src/report/sum-runs.js';
import { writeReport, type ReportRequest } from '../../../src/report/write-report.js';
import { writeOutcomes } from '../../../src/store/outcomes.js';
import { readNights, recordNight } from '../../../src/store/source-nights.js';
import { NOW } from '../../support/chunk-attempts.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { identityWith, idNumber, memberOf } from '../../support/members.js';
import { MemoryStore } from '../../support/memory-store.js';
import { nightNumber } from '../../support/nights-of-source.js';
import { inputOf, PlannedRun, RUN } from '../../support/planned-run.js';
import { textOf } from '../../support/stored.js';
import { HR } from '../../support/source-runs.js';

const HEADER = 'email,first_name';
const [ANN, BEN, CAT, EVE] = [idNumber(1), idNumber(2), idNumber(3), idNumber(5)] as const;
const [XIA, YAN, ZOE, HAL] = [idNumber(7), idNumber(8), idNumber(9), idNumber(10)] as const;

/** Two rows a chunk: nobody has to import the first and the third. */
const FILE = `${HEADER}
ann@example.com,"Ann
Maria"
ben@example.com,Ben
cat@example.com,Catherine
new@example.com,New
no address,Nobody
eve@example.com,Eve
`;

async function planned(file = FILE, input: object = {}): Promise<PlannedRun> {
  const kratos = new KratosInMemory();
  const members = [
    ...[[ANN, 'ann', 'Ann\nMaria'] as const, [BEN, 'ben', 'Ben'] as const],
    ...[[CAT, 'cat', 'Cat'] as const, [EVE, 'eve', 'Eve'] as const],
    ...[XIA, YAN, ZOE].map((id, i) => [id, ['xia', 'yan', 'zoe'][i]!, 'X'] as const),
  ];
  for (const [id, name, first] of members) {
    kratos.identities.set(id, memberOf('hr', `${name}@example.com`, first));
  }
  kratos.identities.set(HAL, identityWith({ email: 'hal@example.com' }));
  const store = new MemoryStore();
  const keys = { chunkSize: 2, onInvalid: 'import-valid', ...HR, ...input };
  return PlannedRun.of(file, { kratos, store, input: keys });
}

const UPDATED: RowOutcome = {
  ...{ line: 5, email: 'cat@example.com', outcome: 'updated', identityId: CAT, invitation: 'none' },
  changes: [{ path: '/traits/first_name', before: 'Cat', after: 'Catherine' }],
  codes: ['drift_overwritten'],
};
const CREATED: RowOutcome = {
  ...{ line: 6, email: 'new@example.com', outcome: 'created', identityId: idNumber(11) },
  invitation: 'due',
};

const leaver = (
  place: number,
  id: string,
  keys: Partial<RowOutcome> & Pick<RowOutcome, 'outcome'>,
) => ({
  ...{
    line: 1_000_000_000 + place,
    email: 'x@example.com',
    identityId: id,
    invitation: 'none' as const,
  },
  ...keys,
});

/** The rows are done, and two of the three leavers. */
async function nearlyDone(input: object = {}): Promise<PlannedRun> {
  const run = await planned(FILE, input);
  await writeOutcomes(await run.chunk(2), [UPDATED, CREATED]);
  await writeOutcomes(await run.chunk(4), [
    leaver(0, XIA, { outcome: 'deactivated' }),
    leaver(1, YAN, { outcome: 'failed', codes: ['rejected'], reason: 'Kratos answered 500' }),
  ]);
  return run;
}

const report = (run: PlannedRun, keys: Partial<ReportRequest> = {}) => {
  const request: ReportRequest = {
    ...{ run: RUN, ending: 'done', startedAt: '2026-11-02T09:00:00.000Z', planned: true },
    ...{ settings: inputOf({ ...HR, chunkSize: 2 }), undecidedChunks: [], timeline: NO_TIMELINE },
    ...{ history: { rows: [], mails: [] } },
    ...keys,
  };
  return writeReport(run.folder, run.root, request, { now: () => NOW });
};

async function resultsOf(run: PlannedRun): Promise<string[]> {
  return (await textOf(run.folder, run.folder.results)).trimEnd().split('\n').slice(1);
}

const SETTLED = [
  `2,ann@example.com,unchanged,${ANN},,none`,
  `4,ben@example.com,unchanged,${BEN},,none`,
];
const LAST = [
  '7,no address,invalid,,invalid_email,none',
  `8,eve@example.com,unchanged,${EVE},,none`,
];

describe('the report of a run of a source', () => {
  it('is of a plan that leaves out what is settled', async () => {
    const { plan } = await planned();
    expect(plan.source).toMatchObject({
      leavers: 3,
      skipped: [
        { chunk: 1, chunks: 1 },
        { chunk: 3, chunks: 1 },
      ],
    });
  });

  it('has settled rows with their users, and behind all rows who is in none, without a line', async () => {
    const run = await nearlyDone();
    await report(run);
    expect(await resultsOf(run)).toEqual([
      ...SETTLED,
      `5,cat@example.com,updated,${CAT},drift_overwritten,none`,
      `6,new@example.com,created,${idNumber(11)},,due`,
      ...LAST,
      `,x@example.com,deactivated,${XIA},,none`,
      `,x@example.com,failed,${YAN},rejected,none`,
      `,zoe@example.com,unprocessed,${ZOE},,none`,
    ]);
  });

  it('counts leavers apart from rows, and shows none of their lines', async () => {
    const run = await nearlyDone();
    const { rows, leavers, errors, notes, roleChanges } = await report(run);
    expect(rows).toMatchObject({ total: 6, unchanged: 3, updated: 1, created: 1, invalid: 1 });
    expect(rows).toMatchObject({ failed: 0, deactivated: 0 });
    expect(leavers).toMatchObject({ deactivated: 1, failed: 1, unprocessed: 1, deleted: 0 });
    expect(errors).toEqual({ invalid_email: { count: 1, lines: [7] } });
    expect(notes).toEqual({ drift_overwritten: { count: 1, lines: [5] } });
    expect(roleChanges).toEqual([]);
    const files = [run.folder.report, run.folder.page, run.folder.rejects, run.folder.results];
    for (const key of files) expect(await textOf(run.folder, key)).not.toContain('10000000');
  });

  it('is the same when it is written again', async () => {
    const run = await nearlyDone();
    const first = await report(run);
    expect(await report(run)).toEqual(first);
  });

  it('has all rows where nothing had to be imported', async () => {
    const run = await planned(`${HEADER}\nben@example.com,Ben\neve@example.com,Eve\n`, {
      missing: { scope: 'hr' },
    });
    const { rows, leavers, files } = await report(run);
    expect(rows).toMatchObject({ total: 2, unchanged: 2, unprocessed: 0 });
    expect(leavers).toBeUndefined();
    expect(files).toContain('results.csv');
    expect(await resultsOf(run)).toEqual([
      `2,ben@example.com,unchanged,${BEN},,none`,
      `3,eve@example.com,unchanged,${EVE},,none`,
    ]);
  });

  it('has imported nothing where it was cancelled before the first row', async () => {
    const { rows, files, comparison } = await report(await planned(), { ending: 'cancelled' });
    expect(rows).toMatchObject({ total: 6, unchanged: 0, unprocessed: 5, invalid: 1 });
    expect(files).not.toContain('results.csv');
    expect(comparison).toBeUndefined();
  });

  it('is of the file of another run where that was the same', async () => {
    const kratos = new KratosInMemory();
    const run = await PlannedRun.of(FILE, { kratos, store: new MemoryStore() });
    const since = { workflowId: 'hr-yesterday', runId: RUN.runId };
    const unchanged = {
      ending: 'unchanged',
      planned: false,
      sha256: 'ab',
      unchangedSince: since,
    } as const;
    const written = await report(run, unchanged);
    expect(written).toMatchObject({ ending: 'unchanged', sha256: 'ab', unchangedSince: since });
    expect(await textOf(run.folder, run.folder.page)).toContain('The file is that of hr-yesterday');
  });
});

describe('the nights of a source', () => {
  it('are compared with the last one before the run, and the run is the next one', async () => {
    const run = await nearlyDone();
    const { store } = run.folder;
    for (let i = 0; i < 30; i++) await recordNight(store, nightNumber(i));
    const { comparison, trend } = await report(run);
    // The run began between the nights 28 and 29.
    const last = nightNumber(28);
    expect(comparison).toMatchObject({
      ...{ source: 'hr', new: 1, changed: 1, unchanged: 3, left: 1, failed: 2, drifted: 1 },
      // Seven were there, one has left, one is new.
      scope: 7,
      last: { run: last.run, startedAt: last.startedAt, rows: last.rows, counts: last.counts },
    });
    expect(trend).toHaveLength(30);
    expect(trend!.at(-1)).toMatchObject({ rows: 6, scope: 7, counts: { new: 1 } });
    const recorded = (await readNights(store, 'hr', 99)).find((one) => one.run.runId === RUN.runId);
    expect(recorded).toMatchObject({
      rows: 6,
      scope: 7,
      open: 1,
      repeats: false,
      file: 'users.csv',
    });
    // An attempt after that one finds itself, and compares with the same night.
    expect((await report(run)).comparison).toEqual(comparison);
    expect(await readNights(store, 'hr', 99)).toHaveLength(31);
  });

  it.each<[string, Partial<ReportRequest>]>([
    ['dry run', { ending: 'dry-run', settings: inputOf({ ...HR, dryRun: 'live' }) }],
    ['run that was cancelled', { ending: 'cancelled' }],
    ['run that failed', { ending: 'failed' }],
  ])('are not those of a %s', async (_, keys) => {
    const run = await nearlyDone();
    await report(run, keys);
    expect(await readNights(run.folder.store, 'hr', 9)).toEqual([]);
  });

  it('are not those of a retry, which has a part of the rows', async () => {
    const run = await nearlyDone();
    const settings = inputOf({ mode: 'update', missing: { scope: 'hr' }, retryOf: RUN });
    const { comparison } = await report(run, { settings });
    expect(comparison).toBeUndefined();
    expect(await readNights(run.folder.store, 'hr', 9)).toEqual([]);
  });
});

async function knownRows(run: PlannedRun, lines?: LineRange) {
  const rows: string[] = [];
  for await (const chunk of streamKnownRows(run, lines)) {
    for (const { line, outcome, email, identityId = '', codes = [] } of chunk) {
      rows.push([line, outcome, email, identityId.slice(-2), codes.join()].join(' ').trimEnd());
    }
  }
  return rows;
}

describe('the rows of a run of a source that are known', () => {
  it('are, before anything is approved, the settled ones and who would leave', async () => {
    expect(await knownRows(await planned())).toEqual([
      '2 unchanged  01',
      '4 unchanged  02',
      '7 invalid   invalid_email',
      '8 unchanged  05',
      '1000000000 would_deactivate xia@example.com 07',
      '1000000001 would_deactivate yan@example.com 08',
      '1000000002 would_deactivate zoe@example.com 09',
    ]);
  });

  it('are also the users whom the source would take in, while no row is imported yet', async () => {
    const file = `${HEADER}\nhal@example.com,Hal\nann@example.com,"Ann\nMaria"\n`;
    const run = await planned(file, { chunkSize: 1, adopt: true, missing: { scope: 'hr' } });
    expect(await knownRows(run)).toEqual([
      '3 unchanged  01',
      '2 would_update hal@example.com 10 adopted',
    ]);
    await writeOutcomes(await run.chunk(1), [{ ...UPDATED, line: 2, codes: ['adopted'] }]);
    expect(await knownRows(run)).toEqual([
      '2 updated cat@example.com 03 adopted',
      '3 unchanged  01',
    ]);
  });

  it('tell of a leaver what has become of them', async () => {
    expect((await knownRows(await nearlyDone())).slice(-3)).toEqual([
      '1000000000 deactivated x@example.com 07',
      '1000000001 failed x@example.com 08 rejected',
      '1000000002 would_deactivate zoe@example.com 09',
    ]);
    const reported = await planned(FILE, { missing: { scope: 'hr', do: 'report' } });
    expect((await knownRows(reported)).at(-1)).toBe('1000000002 missing zoe@example.com 09');
  });

  it('of some lines have nobody who is in no line', async () => {
    const run = await nearlyDone();
    expect(await knownRows(run, { from: 4, to: 5 })).toEqual([
      '4 unchanged  02',
      '5 updated cat@example.com 03 drift_overwritten',
    ]);
    expect(await knownRows(run, { from: 8, to: Infinity })).toEqual(['8 unchanged  05']);
  });

  it('keep their number once a purge has removed who they were', async () => {
    const run = await nearlyDone();
    const { folder, plan } = run;
    const purged = ['existing-users', 'leavers', 'leavers.csv', 'settled', 'invalid.csv'] as const;
    await folder.store.remove(purged.map((name) => folder.ofPlan(plan.validation, name)));
    expect(await knownRows(run)).toEqual([
      '0 unchanged',
      '0 unchanged',
      '5 updated cat@example.com 03 drift_overwritten',
      '6 created new@example.com 11',
      '0 unchanged',
      '1000000000 deactivated x@example.com 07',
      '1000000001 failed x@example.com 08 rejected',
      '1000000002 would_deactivate',
    ]);
  });
});

it('the sum of all runs of a file has settled rows as unchanged, and nobody who is in no row', async () => {
  const run = await nearlyDone();
  const startedAt = '2026-11-02T09:00:00.000Z';
  const { folder, plan } = run;
  const { rows } = await sumRuns([{ run: RUN, folder, plan, startedAt, undecided: undefined }]);
  expect(rows).toMatchObject({ total: 6, unchanged: 3, updated: 1, created: 1, invalid: 1 });
});
