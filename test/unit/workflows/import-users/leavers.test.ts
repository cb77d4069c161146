/** Who is not in the file: what is asked before, when they leave, and what keeps them in. */
import { describe, expect, it } from 'vitest';
import type { ImportRequest } from '../../../../src/contract/import/input.js';
import { parseImportInput } from '../../../../src/contract/import/input.js';
import type { SourceFindings } from '../../../../src/contract/import/leavers.js';
import { NO_COUNTS } from '../../../../src/contract/import/outcomes.js';
import { APPROVALS } from '../../../../src/contract/status.js';
import { applyCommand } from '../../../../workflows/import-users/commands.js';
import { lastChunk, numbersOf, takePortion } from '../../../../workflows/import-users/portions.js';
import { toProgress } from '../../../../workflows/import-users/progress.js';
import {
  allowedChunks,
  awaitApproval,
  beginChunks,
  beginInvitations,
  beginLeaving,
  nextStep,
  recordLostPortion,
  recordPortion,
  recordStaying,
  type ImportRun,
  type ImportState,
} from '../../../../workflows/import-users/state.js';
import {
  chunkOf,
  eventsOf,
  findingsOf,
  NOW,
  REF,
  runOf,
  SHA256,
  sourceOf,
  textsOf,
} from './runs.js';

const GOING_ON = { hasFailed: false, continueAsNewSuggested: false };
const LONG = { hasFailed: false, continueAsNewSuggested: true };
const FAILED = { hasFailed: true, continueAsNewSuggested: false };

/** A run of a source whose file has been validated. */
function nightOf(
  source: Partial<SourceFindings> = {},
  request: Partial<ImportRequest> = {},
  state: Partial<ImportState> = {},
): ImportRun {
  const findings = findingsOf({ source: sourceOf(source) });
  const missing = { do: 'deactivate' as const, scope: 'hr' };
  const run = runOf(
    { phase: 'validating', findings, ...state },
    { mode: 'update', missing, ...request },
  );
  beginChunks(run.state, NOW);
  return run;
}

/** The same, all of whose rows are done. */
function doneOf(...of: Parameters<typeof nightOf>): ImportRun {
  const run = nightOf(...of);
  run.state.handedBack = [];
  return run;
}

const lastRun = (rows: number) => ({
  taken: {
    ...{ file: 'users.csv', sha256: SHA256 },
    last: { run: REF, rows, open: 0, startedAt: new Date(NOW).toISOString() },
  },
});

it('asks one question after the other, whatever mode comes while one is open', () => {
  const findings = findingsOf({ canaryChunks: 1, source: sourceOf({ leavers: 900 }) });
  const run = nightOf({}, { canaryRows: 100 }, { findings, mode: 'skip' });
  run.state.handedBack = [{ chunk: 2, chunks: 9 }];
  expect(nextStep(run, GOING_ON)).toBe('canary');
  awaitApproval(run, 'canary', NOW);
  applyCommand(run.state, { name: 'setMode', value: 'update' }, NOW);
  expect(nextStep(run, GOING_ON)).toBeUndefined();
  applyCommand(run.state, { name: 'approve' }, NOW);
  expect(nextStep(run, GOING_ON)).toBe('leavers');
});

describe('before any row of a source, somebody is asked', () => {
  it.each<[string, Partial<SourceFindings>, Partial<ImportRequest>, Partial<ImportState>, unknown]>(
    [
      ['nothing on a plain night', { leavers: 50 }, {}, {}, 'chunk'],
      ['where more leave than is allowed', { leavers: 51 }, {}, {}, 'leavers'],
      [
        'where they and those who are told so are more',
        { leavers: 30, told: 21 },
        {},
        {},
        'leavers',
      ],
      ['where all users of an empty source would', { scope: 0, told: 1 }, {}, {}, 'leavers'],
      ['where the file has shrunk', {}, {}, lastRun(1060), 'leavers'],
      ['nothing where it has shrunk a little', {}, {}, lastRun(1050), 'chunk'],
      [
        'where a row is unreadable, and somebody leaves',
        { leavers: 1, unreadable: 1 },
        {},
        {},
        'leavers',
      ],
      ['nothing where nobody leaves', { unreadable: 1 }, {}, {}, 'chunk'],
      [
        'nothing where they are only listed',
        { leavers: 900 },
        { missing: { do: 'report', scope: 'hr' } },
        lastRun(9000),
        'chunk',
      ],
      [
        'where the rows alone say too much',
        { told: 900 },
        { missing: { do: 'nothing', scope: 'hr' } },
        {},
        'leavers',
      ],
      ['whom to adopt', { adoptable: 1 }, { adopt: true }, {}, 'adoption'],
      ['nothing where nobody is to be adopted', { adoptable: 1 }, {}, {}, 'chunk'],
      [
        'nothing in a live dry run',
        { leavers: 900, adoptable: 3 },
        { adopt: true, dryRun: 'live' },
        {},
        'chunk',
      ],
      [
        'nothing where existing users are skipped',
        { leavers: 900, adoptable: 3 },
        { adopt: true },
        { mode: 'skip' },
        'chunk',
      ],
    ],
  )('%s', (_what, source, request, state, step) => {
    expect(nextStep(nightOf(source, request, state), GOING_ON)).toBe(step);
  });

  it('also where no row is left to be done', () => {
    const run = doneOf({ leavers: 900 });
    expect(nextStep(run, GOING_ON)).toBe('leavers');
    expect(nextStep(doneOf({ leavers: 1 }, { approval: 'required' }), GOING_ON)).toBe('plan');
  });

  it('once of adoption and leavers, then of the canary rows', () => {
    const findings = findingsOf({
      canaryChunks: 1,
      source: sourceOf({
        ...{ leavers: 900, adoptable: 3 },
        open: [
          { chunk: 1, chunks: 1 },
          { chunk: 2, chunks: 9 },
        ],
      }),
    });
    const run = nightOf({}, { adopt: true, canaryRows: 100 }, { findings });
    expect(nextStep(run, GOING_ON)).toBe('adoption');
    awaitApproval(run, 'adoption', NOW);
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    // A second approval, by mistake, would be taken for the next gate: so this one tells of both.
    expect(textsOf(run.state)[0]).toMatch(
      /^900 of the 1,000 users .* their access\. There are 3 users of rows who are of no source/,
    );
    applyCommand(run.state, { name: 'approve' }, NOW);
    expect(nextStep(run, GOING_ON)).toBe('chunk');
    const canary = takePortion(run, allowedChunks(run.state));
    expect(numbersOf(canary)).toEqual([1]);
    run.inFlight.add(canary);
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    run.inFlight.clear();
    expect(nextStep(run, GOING_ON)).toBe('canary');
    expect(run.state.approved).toEqual(['adoption', 'mode', 'leavers']);
  });

  it('in numbers, with the way to see who they are', () => {
    const run = nightOf({ leavers: 200, unreadable: 2 }, {}, lastRun(2000));
    awaitApproval(run, 'leavers', NOW);
    expect(textsOf(run.state)).toEqual([
      '200 of the 1,000 users of the source who can sign in would lose their access. The file has 1,000 rows, and 2,000 in the last run. 2 rows cannot be read: whose they are, nobody can tell. Nobody has been changed yet. Who they are: user-import results ID. Approve it to go on, or cancel.',
    ]);
    const told = nightOf({ leavers: 50, told: 10 }, {}, lastRun(1000));
    awaitApproval(told, 'leavers', NOW);
    expect(textsOf(told.state)[0]).toMatch(
      /^60 of the 1,000 users .* their access\. 10 of them by their row, in its column action\. Nobody /,
    );
    expect(APPROVALS.adoption({ adoptable: 3, leavers: '' } as never)).toMatch(
      /^There are 3 users of rows/,
    );
  });

  it('once, by an approval of the plan, which tells of them all', () => {
    const request = { approval: 'required', adopt: true } as const;
    const run = nightOf({ leavers: 900, adoptable: 3, told: 2 }, request);
    expect(nextStep(run, GOING_ON)).toBe('plan');
    awaitApproval(run, 'plan', NOW);
    expect(textsOf(run.state)[0]).toContain(
      ' 900 users of the source are not in the file, and would be deactivated. The rows of 2 say that they are to be deactivated or deleted. 3 users of rows are of no source, and would be taken into it. 902 of the 1,000 users',
    );
    applyCommand(run.state, { name: 'approve' }, NOW);
    expect(nextStep(run, GOING_ON)).toBe('chunk');
  });

  it('not by an approval of a plan that was to skip existing users', () => {
    const run = nightOf({ leavers: 900 }, { approval: 'required' }, { mode: 'skip' });
    awaitApproval(run, 'plan', NOW);
    applyCommand(run.state, { name: 'approve' }, NOW);
    expect(nextStep(run, GOING_ON)).toBe('chunk');
    applyCommand(run.state, { name: 'setMode', value: 'update' }, NOW);
    expect(nextStep(run, GOING_ON)).toBe('leavers');
  });

  it.each(['adoption', 'leavers'] as const)(
    'no more of %s once existing users are skipped, and again when they are not',
    (approval) => {
      const run = nightOf({ leavers: 900, adoptable: 1 }, { adopt: true });
      run.state.approved = approval === 'leavers' ? ['adoption'] : [];
      awaitApproval(run, approval, NOW);
      applyCommand(run.state, { name: 'setMode', value: 'skip' }, NOW);
      expect(run.state).toMatchObject({ phase: 'importing', mode: 'skip' });
      expect(run.state.pendingApproval).toBeUndefined();
      expect(nextStep(run, GOING_ON)).toBe('chunk');
      applyCommand(run.state, { name: 'setMode', value: 'update' }, NOW);
      expect(nextStep(run, GOING_ON)).toBe(approval);
    },
  );
});

describe('who is not in the file leaves', () => {
  it('once all rows are done, in chunks behind those of the file', () => {
    const run = nightOf({ leavers: 201, scope: 100_000 });
    const rows = takePortion(run, allowedChunks(run.state));
    run.inFlight.add(rows);
    run.state.handedBack = [];
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    run.inFlight.clear();
    expect(nextStep(run, GOING_ON)).toBe('leave');
    beginLeaving(run, NOW);
    expect(run.state).toMatchObject({ phase: 'leavers', leaving: true });
    expect(eventsOf(run.state)).toEqual([
      'import: 201 users of the source are not in the file, and are deactivated: they cannot sign in, and their sessions end.',
    ]);
    expect(lastChunk(run)).toBe(13);
    run.state.portionsStarted = 9;
    run.state.concurrency = 1;
    expect(numbersOf(takePortion(run, 1))).toEqual([11, 12, 13]);
    expect(nextStep(run, GOING_ON)).toBe('over');
  });

  it('after what the audit trail says of the run, where no row had to be done', () => {
    const run = doneOf({ leavers: 1 });
    delete run.state.started;
    expect(nextStep(run, GOING_ON)).toBe('begin');
    run.state.started = true;
    expect(nextStep(run, GOING_ON)).toBe('leave');
  });

  it('in the next execution where the history has become long', () => {
    expect(nextStep(doneOf({ leavers: 1 }), LONG)).toBe('continue-as-new');
  });

  it('in their own counts; what fails of them counts for a pause', () => {
    const run = doneOf({ leavers: 201, scope: 100_000 });
    beginLeaving(run, NOW);
    const portion = takePortion(run, allowedChunks(run.state));
    const counts = { ...NO_COUNTS, deactivated: 40, failed: 60 };
    const errors = { rejected: { count: 60, lines: [] } };
    recordPortion(run, portion, { ...chunkOf(), counts, errors }, NOW);
    expect(run.state.counts).toEqual(NO_COUNTS);
    expect(run.state.errors).toEqual({});
    expect(run.state.leaverCounts).toEqual(counts);
    expect(run.state.pausedBy).toEqual(['failures']);
    expect(textsOf(run.state).at(-1)).toBe(
      'Paused by itself: 60 of 100 rows and leavers failed, more than haltAboveFailureRate (0.2) allows. Resume to go on, or cancel.',
    );
    expect(toProgress(run)).toMatchObject({
      chunks: { total: 13, done: 1 },
      rows: { done: 0, failed: 0 },
      source: { name: 'hr', leavers: { total: 201, done: 100, deactivated: 40, failed: 60 } },
    });
  });

  it('only after a pause that the rows before them have come to has ended', () => {
    const run = nightOf({ leavers: 1 });
    const portion = takePortion(run, allowedChunks(run.state));
    run.state.handedBack = [];
    recordPortion(run, portion, chunkOf(90), NOW);
    expect(run.state.pausedBy).toEqual(['failures']);
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    applyCommand(run.state, { name: 'resume' }, NOW);
    expect(nextStep(run, GOING_ON)).toBe('leave');
  });

  it('in mode update again only once that is approved', () => {
    const run = doneOf({ leavers: 201 });
    awaitApproval(run, 'leavers', NOW);
    applyCommand(run.state, { name: 'approve' }, NOW);
    run.state.approved = ['leavers'];
    beginLeaving(run, NOW);
    expect(nextStep(run, GOING_ON)).toBe('mode');
    awaitApproval(run, 'mode', NOW);
    applyCommand(run.state, { name: 'approve' }, NOW);
    expect(run.state.phase).toBe('leavers');
    expect(nextStep(run, GOING_ON)).toBe('chunk');
  });
});

describe('nobody leaves', () => {
  it.each<[string, () => ImportRun, string[]]>([
    ['where nobody is to', () => doneOf({ leavers: 9 }, { missing: { scope: 'hr' } }), []],
    ['where all are in the file', () => doneOf(), []],
    ['without a source', () => runOf({ nextChunk: 11 }), []],
    [
      'where existing users are skipped',
      () => doneOf({ leavers: 9 }, {}, { mode: 'skip' }),
      [
        'import: 9 users of the source are not in the file, and stay as they are: existing users are skipped.',
      ],
    ],
    [
      'where a chunk was lost',
      () => {
        const run = doneOf({ leavers: 9 });
        recordLostPortion(run.state, { chunk: 4, chunks: 1 }, NOW);
        return run;
      },
      [
        expect.stringContaining('Chunk 4 ended before it was done.') as never,
        'import: 9 users of the source are not in the file, and stay as they are: what became of some rows is not known.',
      ],
    ],
    [
      'where the run is cancelled',
      () => doneOf({ leavers: 9 }, {}, { cancelled: true }),
      [
        'import: 9 users of the source are not in the file, and stay as they are: the run is cancelled.',
      ],
    ],
    [
      'once the mails have begun, whatever the mode is by then',
      () => {
        const run = doneOf({ leavers: 9 }, {}, { mode: 'skip' });
        beginInvitations(run.state, NOW);
        run.state.mode = 'update';
        return run;
      },
      [],
    ],
  ])('%s', (_what, make, events) => {
    const run = make();
    expect(nextStep(run, GOING_ON)).toBe('over');
    recordStaying(run, NOW);
    expect(eventsOf(run.state)).toEqual(events);
  });

  it('where a chunk has failed in a way that ends the run', () => {
    expect(nextStep(doneOf({ leavers: 9 }), FAILED)).toBe('over');
  });

  it('by a retry, which is no whole file: such an input is refused', () => {
    const retryOf = { workflowId: 'nightly', runId: '00000000-0000-4000-8000-000000000001' };
    const parsed = (missing: object, keys: object = {}) =>
      parseImportInput({ file: 'f', actor: 'a', mode: 'update', retryOf, missing, ...keys }).ok;
    expect(parsed({ scope: 'hr' })).toBe(true);
    expect(parsed({ scope: 'hr', do: 'deactivate' })).toBe(false);
    expect(parsed({ scope: 'hr', do: 'report' })).toBe(false);
    expect(parsed({ scope: 'hr' }, { adopt: true })).toBe(false);
    expect(parsed({ scope: 'hr' }, { mode: 'skip' })).toBe(false);
  });
});

describe('rows that are unchanged in file and Kratos', () => {
  it('are done before the first chunk starts, and only the others are given out', () => {
    const open = [{ chunk: 3, chunks: 2 }];
    const skipped = { skippedRows: 795, skippedInvalid: 5, skippedChunks: 8 };
    const run = nightOf({ open, ...skipped });
    expect(run.state).toMatchObject({ phase: 'importing', chunksDone: 8, nextChunk: 11 });
    expect(toProgress(run)).toMatchObject({
      chunks: { total: 10, done: 8 },
      rows: { done: 800, unchanged: 795 },
    });
    expect(numbersOf(takePortion(run, allowedChunks(run.state)))).toEqual([3]);
    expect(run.state.handedBack).toEqual([{ chunk: 4, chunks: 1 }]);
    // The findings stay as they are.
    expect(run.state.findings?.source?.open).toEqual([{ chunk: 3, chunks: 2 }]);
  });

  it('leave nothing to do where all are', () => {
    const skipped = { skippedRows: 1000, skippedInvalid: 0, skippedChunks: 10 };
    const run = nightOf({ open: [], ...skipped });
    expect(nextStep(run, GOING_ON)).toBe('over');
  });

  it('are not counted again in the next execution', () => {
    const skipped = { skippedRows: 200, skippedInvalid: 0, skippedChunks: 2 };
    const run = nightOf({ open: [{ chunk: 3, chunks: 8 }], ...skipped });
    beginChunks(run.state, NOW);
    expect(run.state.counts.unchanged).toBe(200);
    expect(run.state.chunksDone).toBe(2);
  });
});
