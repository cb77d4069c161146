import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/main.js';
import type { Ending, Report } from '../../../src/contract/report.js';
import { nextSteps } from '../../../src/report/next-steps.js';
import { rejectedIn, toAttempt } from '../../../src/report/attempts.js';
import { noLeavers } from '../../../src/report/leavers.js';
import { findRetryChain } from '../../../src/store/find-attempts.js';
import { withFormat } from '../../../src/store/format.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { MemoryStore } from '../../support/memory-store.js';
import { told } from '../../support/output.js';
import { inputOf } from '../../support/planned-run.js';
import { reportOf, rowsOf } from '../../support/reports.js';

const SHA256 = '2f6c0a9b1d3e'.padEnd(64, '0');
const ID = 'import-users-2f6c0a9b1d3e';
const RUN = { workflowId: ID, runId: '7c9e6679-7425-40de-944b-e07fc1f90ae7' };
const RETRY_RUN = { workflowId: `${ID}-retry-1`, runId: '7c9e6679-7425-40de-944b-e07fc1f90ae8' };
const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };
const FILES = ['results.csv', 'rejects.csv', 'report.json', 'report.html'];

function ended(ending: Ending, keys: Partial<Report> = {}): Report {
  return reportOf({
    ...{ run: RUN, ending, sha256: SHA256, invitations: NO_MAILS, files: FILES },
    settings: inputOf({ file: 'users-2f6c0a9b1d3e.csv' }),
    ...keys,
  });
}

const retried = (ending: Ending, keys: Partial<Report> = {}): Report =>
  ended(ending, {
    ...{ run: RETRY_RUN, sha256: 'a1b2c3d4e5f6'.padEnd(64, '0') },
    settings: inputOf({ file: 'fixed-a1b2c3d4e5f6.csv', retryOf: RUN }),
    ...keys,
  });

const dry = (dryRun: 'file' | 'live', keys = {}) => ({
  settings: inputOf({ file: 'users-2f6c0a9b1d3e.csv', dryRun, ...keys }),
});
const some = rowsOf({ total: 10, created: 6, failed: 1, invalid: 1, unprocessed: 2 });
const ONE = { count: 1, lines: [2] };
const whole = rowsOf({ total: 10, created: 10 });
const rejected = rowsOf({ total: 10, created: 8, invalid: 2 });
const refused = rowsOf({ total: 10, invalid: 2, unprocessed: 8 });

const START = 'user-import start users.csv';
const UNDO = `user-import undo ${ID}`;
const PURGE = `user-import purge ${ID}`;
const RETRY = `user-import retry ${ID}`;
const ofRetry = (command: string) => `user-import ${command} ${RETRY_RUN.workflowId}`;

const created = ended('done', { rows: whole });
const none = { rows: rowsOf({ total: 3, unchanged: 3 }) };
const left = rowsOf({ total: 3, unchanged: 2, deleted: 1 });
/** Of a run that found all users there. */
const again = {
  rows: rowsOf({ total: 10, skipped: 10 }),
  combined: { ...whole, dropped: 0, added: 0, invitations: NO_MAILS },
};

/** What is offered in every ending: nothing that would be refused, and the file by its own name. */
const ENDINGS: [string, Report, string[]][] = [
  ['done, all created', ended('done', { rows: whole }), [UNDO, PURGE]],
  ['done, rows rejected', ended('done', { rows: rejected }), [RETRY, UNDO, PURGE]],
  [
    'done, mails due',
    ended('done', { rows: whole, invitations: { ...NO_MAILS, due: 3 } }),
    [START, UNDO, PURGE],
  ],
  ['done, nobody new', ended('done', { rows: rowsOf({ total: 3, skipped: 3 }) }), [PURGE]],
  [
    'done again, nobody new, all created by earlier runs',
    ended('done', {
      rows: rowsOf({ total: 10, skipped: 10 }),
      combined: { ...whole, dropped: 0, added: 0, invitations: NO_MAILS },
    }),
    [UNDO, PURGE],
  ],
  ['validation failed', ended('validation-failed', { rows: refused }), [START, PURGE]],
  ['validation failed, file', ended('validation-failed', { rows: rowsOf({}) }), [START, PURGE]],
  ['cancelled', ended('cancelled', { rows: some }), [START, UNDO, PURGE]],
  [
    'cancelled while mails went out',
    ended('cancelled', { rows: whole, invitations: { ...NO_MAILS, due: 4 } }),
    [START, UNDO, PURGE],
  ],
  ['failed', ended('failed', { rows: some }), [START, UNDO, PURGE]],
  ['terminated', ended('terminated', { rows: some }), [START, UNDO, PURGE]],
  ['timed out', ended('timed-out', { rows: some }), [START, UNDO, PURGE]],
  [
    'dry run',
    ended('dry-run', { ...dry('file'), rows: whole }),
    ['user-import start users.csv', PURGE],
  ],
  ['live dry run', ended('dry-run', { ...dry('live'), rows: rejected }), [START, PURGE]],
  [
    'dry run, not valid',
    ended('validation-failed', { ...dry('file'), rows: refused }),
    [START, PURGE],
  ],
  [
    'dry run, cancelled',
    ended('cancelled', { ...dry('live'), rows: refused }),
    [`${START} --dry-run live`, PURGE],
  ],
  [
    'done, nobody but leavers changed',
    ended('done', { ...none, leavers: { ...noLeavers(), deactivated: 1 } }),
    [UNDO, PURGE],
  ],
  [
    'done, nobody but the users of action rows changed',
    ended('done', { rows: left }),
    [UNDO, PURGE],
  ],
  ['unchanged', ended('unchanged', { rows: rowsOf({}) }), [PURGE]],
  ['purged', ended('done', { rows: rejected, purgedAt: 'x' }), [UNDO]],
  ['undone', ended('done', { rows: rejected, undone: undone() }), [PURGE]],
  ['undone half way', ended('done', { rows: rejected, undone: undone(2) }), [UNDO, PURGE]],
  ['cancelled, then undone', ended('cancelled', { rows: some, undone: undone() }), [PURGE]],
  [
    'undone, mails due',
    ended('done', { rows: whole, invitations: { ...NO_MAILS, due: 3 }, undone: undone() }),
    [PURGE],
  ],
  [
    'an undo that kept everybody',
    ended('done', { rows: rejected, undone: { ...undone(), deleted: 0 } }),
    [RETRY, PURGE],
  ],
  [
    'done again, nobody new, the earlier run undone',
    ended('done', { ...again, attempts: [{ ...toAttempt(created), undone: undone() }] }),
    [PURGE],
  ],
  [
    'done again, nobody new, the earlier run undone half way',
    ended('done', { ...again, attempts: [{ ...toAttempt(created), undone: undone(1) }] }),
    [UNDO, PURGE],
  ],
  [
    'done again, nobody new, another file before',
    ended('done', { rows: rowsOf({ total: 3, skipped: 3 }), otherFiles: [toAttempt(created)] }),
    [UNDO, PURGE],
  ],
  [
    'undone alone, the earlier run not',
    ended('done', { ...again, rows: whole, attempts: [toAttempt(created)], undone: undone() }),
    [UNDO, PURGE],
  ],
  ['cancelled, undone', ended('cancelled', { rows: some, undone: undone() }), [PURGE]],
  [
    'undone in part',
    ended('cancelled', { rows: some, undone: { ...undone(), not_reached: 2 } }),
    [UNDO, PURGE],
  ],
  [
    'undone, users left alone',
    ended('done', { rows: whole, leftAlone: { activation_not_allowed: ONE }, undone: undone() }),
    [PURGE],
  ],
  [
    'an update, cancelled',
    ended('cancelled', { ...update(), rows: some }),
    [`${START} --mode update`, UNDO, PURGE],
  ],
  [
    'live dry run of an update',
    ended('dry-run', { ...update('live'), rows: rejected }),
    [`${START} --mode update`, PURGE],
  ],
  ['a retry, done', retried('done', { rows: whole }), [ofRetry('undo'), ofRetry('purge')]],
  [
    'a retry, rows rejected',
    retried('done', { rows: rejected }),
    [ofRetry('retry'), ofRetry('undo'), ofRetry('purge')],
  ],
  [
    'a retry, mails due',
    retried('done', { rows: whole, invitations: { ...NO_MAILS, due: 3 } }),
    ['user-import start fixed.csv', ofRetry('undo'), ofRetry('purge')],
  ],
  [
    'a retry, cancelled',
    retried('cancelled', { rows: some }),
    [ofRetry('retry'), ofRetry('undo'), ofRetry('purge')],
  ],
  [
    'a retry, cancelled and purged',
    retried('cancelled', { rows: some, purgedAt: 'x' }),
    [`${ofRetry('retry')} fixed.csv`, ofRetry('undo')],
  ],
  [
    'a retry, validation failed',
    retried('validation-failed', { rows: refused }),
    [`${ofRetry('retry')} fixed.csv`, ofRetry('purge')],
  ],
  [
    'the dry run of a retry',
    retried('dry-run', {
      run: { ...RETRY_RUN, workflowId: `${RETRY_RUN.workflowId}-dry-run` },
      rows: whole,
      ...dry('file', { file: 'fixed-a1b2c3d4e5f6.csv', retryOf: RUN }),
    }),
    [`${RETRY} fixed.csv`, `${ofRetry('purge')}-dry-run`],
  ],
];

function update(dryRun: false | 'live' = false) {
  return { settings: inputOf({ file: 'users-2f6c0a9b1d3e.csv', mode: 'update', dryRun }) };
}

function undone(not_reached = 0): NonNullable<Report['undone']> {
  const counts = {
    deleted: 8,
    restored: 0,
    already_deleted: 0,
    mailed: 0,
    not_reached,
    kept: {},
  };
  return { at: 'x', actor: 'alice', workflowId: `undo-${ID}`, forced: false, ...counts };
}

describe('the next steps of a run', () => {
  it('say what is left of an undo, and that what was created since is the import', () => {
    const attempts = [{ ...toAttempt(created), undone: undone() }];
    const whatOf = (keys: Partial<Report>) => nextSteps(ended('done', { rows: whole, ...keys }))[0];
    expect(whatOf({ undone: undone(2) })?.what).toBe('Undo what is left of it');
    expect(whatOf({ attempts })?.what).toBe('Undo this import');
  });

  it.each(ENDINGS)('are commands for its ending: %s', (_, report, commands) => {
    expect(nextSteps(report).map(({ command }) => command)).toEqual(commands);
  });

  it('tell undecided rows, whose users may exist, from those that were not reached', () => {
    const whatOf = (counts: Partial<Report['rows']>) =>
      nextSteps(ended('failed', { rows: rowsOf({ total: 9, ...counts }) }))[0]?.what;
    expect(whatOf({ undecided: 1, unprocessed: 8 })).toBe(
      '1 row was left undecided, and 8 rows were not reached: start the same file again',
    );
    expect(whatOf({ created: 7, undecided: 2 })).toMatch(/^2 rows were left undecided: start/);
  });

  it.each(ENDINGS)('are commands with arguments that the command line takes: %s', (_, report) => {
    for (const { command } of nextSteps(report)) parse(command);
  });

  it.each(ENDINGS)('offer a retry only where there is one: %s', async (_, report) => {
    const [, , id] = nextSteps(report)
      .map(({ command }) => command.split(' '))
      .find(([, name]) => name === 'retry') ?? [undefined, undefined, undefined];
    if (id === undefined) return;
    const store = new MemoryStore();
    const first = ended('done', { rows: rejected });
    await leave(store, first);
    if (report.run.runId !== first.run.runId)
      await leave(store, { ...report, attempts: [first as never] });
    const { base } = (await findRetryChain(store, id)) ?? {};
    expect(base && rejectedIn(base.rows)).toBeGreaterThan(0);
  });

  it('name a file that a shell would read otherwise in quotes, and none that no page can show', () => {
    const fileOf = (file: string) =>
      nextSteps(ended('failed', { rows: some, settings: inputOf({ file }) }))[0]?.command;
    expect(fileOf('nightly/new users.csv')).toBe("user-import start 'nightly/new users.csv'");
    expect(fileOf('-rf.csv')).toBe('user-import start ./-rf.csv');
    expect(fileOf('a`b.csv')).toBe('user-import start FILE');
    const settings = inputOf({ file: 'hr-*.csv', newest: true });
    expect(nextSteps(ended('failed', { rows: some, settings }))[0]?.command).toBe(
      'user-import start FILE',
    );
  });
});

async function leave(store: MemoryStore, report: Report): Promise<void> {
  const folder = new RunLayout(store, report.run);
  await store.replace(folder.report, JSON.stringify(withFormat(report)));
}

/** As the command line reads it, but for what it does. */
function parse(command: string): void {
  const [, name, ...words] = command.split(' ');
  const program = buildProgram(told().context);
  const found = program.commands.find((one) => one.name() === name)!;
  const { operands, unknown } = found.parseOptions(words);
  expect(unknown, command).toEqual([]);
  expect(operands.length, command).toBeLessThanOrEqual(found.registeredArguments.length);
  for (const [i, argument] of found.registeredArguments.entries()) {
    const operand = operands[i];
    if (operand === undefined) expect(argument.required, command).toBe(false);
    else argument.parseArg?.(operand, undefined as never);
  }
}

const allowing = (keys: Partial<Report>) =>
  nextSteps(reportOf(keys)).filter(({ command }) => command.includes('--allow'));

describe('after an update that left users alone, the next step', () => {
  const rows = rowsOf({ total: 3, left_alone: 3 });

  it.each([false, 'live'] as const)('allows what was missing (dry run: %s)', (dryRun) => {
    const settings = inputOf({ mode: 'update', dryRun, allow: ['change-identifier'] });
    const leftAlone = { activation_not_allowed: ONE, address_change_not_allowed: ONE };
    expect(allowing({ rows, settings, leftAlone: { ...leftAlone, other_tenant: ONE } })).toEqual([
      {
        what: '3 rows were left alone: if the changes are meant, allow them',
        command:
          'user-import start users.csv --mode update --allow change-identifier,activate,change-address',
      },
    ]);
  });

  it('is none where no option would help', () => {
    const leftAlone = { other_tenant: ONE, other_schema: ONE, no_tenant: ONE };
    expect(allowing({ rows, leftAlone })).toEqual([]);
  });
});

describe('the file of a source', () => {
  const startOf = (keys: Parameters<typeof inputOf>[0]) => {
    const settings = inputOf({ file: 'users-2f6c0a9b1d3e.csv', mode: 'update', ...keys });
    return nextSteps(ended('validation-failed', { settings, rows: refused }))[0]!.command;
  };

  it('is started with mails as they were wanted', () => {
    expect(startOf({ mode: 'skip', invitations: { send: 'never' } })).toBe(
      `${START} --invitations never`,
    );
    expect(startOf({ invitations: { send: 'hold' } })).toBe(
      `${START} --mode update --invitations hold`,
    );
  });

  it('is started for the same source again, or its users would be of none', () => {
    expect(startOf({ missing: { scope: 'hr' } })).toBe(`${START} --mode update --scope hr`);
    expect(
      startOf({
        missing: { scope: 'hr', do: 'delete', atMost: 0.1 },
        ...{ onDrift: 'keep', adopt: true },
      }),
    ).toBe(
      `${START} --mode update --scope hr --missing delete --at-most 0.1 --on-drift keep --adopt`,
    );
    expect(startOf({ onDrift: 'keep' })).toBe(`${START} --mode update`);
  });
});
