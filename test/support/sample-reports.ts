/** Reports of many kinds, whose pages are looked at: by a test in a browser, and by eye. */
import type { CodeCount, Findings } from '../../src/contract/findings.js';
import type { Report } from '../../src/contract/report.js';
import { combine, toAttempt } from '../../src/report/attempts.js';
import { compare, nightOf, toTrend } from '../../src/report/comparison.js';
import { noLeavers } from '../../src/report/leavers.js';
import { nightNumber } from './nights-of-source.js';
import { inputOf } from './planned-run.js';
import { after, reportOf, rowsOf } from './reports.js';
import { HR } from './source-runs.js';

const SHA256 = '5a1f963d6106c7d2b3d0e5a4f8917263544fab0c9de81726354453627182930a';
const CSV: Report['csv'] = {
  ...{ encoding: 'utf-8', byteOrderMark: false, ascii: false, separator: 'comma' },
  ...{ separatorFrom: 'header', headerLine: 1, gzip: false, apostrophesRemoved: false },
};
const RUN = {
  workflowId: 'import-users-5a1f963d6106',
  runId: '01a21df5-806a-769c-aa5a-a7f822c0e395',
};
const FILE = 'users-5a1f963d6106.csv';
const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };
const NOTHING_WRONG = { errors: {}, roleChanges: [], warnings: [], timeline: [] };
const LONG = 'export_of_all_customers_and_partners_worldwide_2026-11-02T09-00-00_final-final_v2';

function base(keys: Partial<Report>): Report {
  return reportOf({
    ...{ run: RUN, sha256: SHA256, csv: CSV, settings: inputOf({ file: FILE }) },
    temporalUrl: `https://temporal.example.org/namespaces/default/workflows/${RUN.workflowId}/${RUN.runId}`,
    ...keys,
  });
}

const lines = (count: number, first = 2, step = 17): CodeCount => ({
  count,
  lines: Array.from({ length: Math.min(20, count) }, (_, i) => first + step * i),
});

/** A history that takes so many seconds. */
function historyOver(seconds: number, rows: number, mails: number): Report['history'] {
  return {
    rows: Array.from({ length: 120 }, (_, i) => ({
      at: after((seconds * i) / 119),
      done: Math.round((rows * (i + Math.sin(i / 4) * 0.8)) / 119),
    })),
    mails: Array.from({ length: 60 }, (_, i) => ({
      at: after((seconds * i) / 59),
      sent: Math.round((mails * i) / 59),
      failed: Math.floor(i / 20),
    })),
  };
}

function retried(): Report {
  const first = base({ rows: rowsOf({ total: 1000, created: 900, skipped: 40, invalid: 60 }) });
  const second = base({
    run: { ...RUN, workflowId: `${RUN.workflowId}-retry-1` },
    settings: inputOf({ file: 'rejects-0123456789ab.csv', actor: 'bob' }),
    sha256: `0123456789ab${SHA256.slice(12)}`,
    startedAt: after(5000),
    finishedAt: after(5042),
    rows: rowsOf({ total: 59, created: 50, invalid: 9 }),
  });
  const rows = rowsOf({ total: 10, created: 8, invalid: 2 });
  const attempts = [toAttempt(first), toAttempt(second)];
  return base({
    run: { ...RUN, workflowId: `${RUN.workflowId}-retry-2` },
    settings: inputOf({ file: 'rejects-fedcba987654.csv', onInvalid: 'import-valid' }),
    sha256: `fedcba987654${SHA256.slice(12)}`,
    startedAt: after(90_000),
    finishedAt: after(90_031),
    ...{
      rows,
      attempts,
      combined: combine(first, [
        { ...second, of: first.rows },
        { rows, invitations: NO_MAILS, of: second.rows },
      ]),
    },
    retryOf: second.run,
    errors: { invalid_email: { count: 2, lines: [4, 7] } },
    roleChanges: [],
    invitations: { ...NO_MAILS, sent: 8 },
    history: { rows: [], mails: [] },
    timeline: [],
  });
}

function secondRun(): Report {
  const cancelled = base({
    invitations: NO_MAILS,
    run: { ...RUN, runId: '01a21df5-0000-769c-aa5a-a7f822c0e395' },
    ending: 'cancelled',
    finishedAt: after(40),
    rows: rowsOf({ total: 200, created: 140, unprocessed: 60 }),
  });
  return base({
    ...NOTHING_WRONG,
    startedAt: after(300),
    finishedAt: after(330),
    rows: rowsOf({ total: 200, created: 60, skipped: 140 }),
    attempts: [toAttempt(cancelled)],
    combined: {
      ...rowsOf({ total: 200, created: 200 }),
      dropped: 0,
      added: 0,
      invitations: { due: 0, sent: 150, failed: 0 },
    },
    invitations: { ...NO_MAILS, sent: 150 },
    history: { rows: [], mails: [] },
  });
}

const MANY_CODES = {
  invalid_email: lines(214, 3, 4),
  unsupported_password_hash: lines(88, 5, 11),
  schema_violation: lines(41),
  invalid_role: lines(12, 9, 3),
  unknown_tenant: lines(6),
  duplicate_email: lines(3),
  wrong_column_count: lines(2),
  identifier_conflict: lines(1, 871),
  rejected: lines(1, 990),
  replacement_character: lines(1, 12),
};

/** Both runs of an import were undone, one of them only in part; another file had the same id before. */
function undoneRuns(): Report {
  const report = secondRun();
  const undone = {
    ...{ at: after(9000), actor: 'bob', workflowId: `${RUN.workflowId}-undo`, forced: false },
    ...{ deleted: 140, restored: 0, already_deleted: 0, mailed: 90, not_reached: 0, kept: {} },
  };
  const { logged_in } = { logged_in: { count: 3, lines: [4, 5, 6] } };
  const [first] = report.attempts!;
  const terminated = { ...first!, rows: rowsOf({ total: 80, created: 50, unprocessed: 30 }) };
  delete terminated.ending;
  delete terminated.finishedAt;
  return {
    ...report,
    attempts: [{ ...first!, undone }],
    undone: { ...undone, deleted: 57, kept: { logged_in } },
    otherFiles: [{ ...terminated, file: 'staff.csv' }],
  };
}

const NO_COLUMNS = { width: 0, columns: [], rejectColumns: [], keys: [] };
const NIGHT_FINDINGS = { sha256: SHA256, source: { scope: 2027 } } as unknown as Findings;

/** A night of a source after many others. */
function nightly(keys: Partial<Report> = {}): Report {
  const nights = Array.from({ length: 30 }, (_, i) => nightNumber(i));
  const report = base({
    run: { ...RUN, workflowId: 'nightly-hr-2026-11-02T09:00:00Z' },
    settings: inputOf({ ...HR, file: 'hr/users-2026-11-02.csv', invitations: { send: 'never' } }),
    rows: rowsOf({
      ...{ total: 2031, created: 12, updated: 31, unchanged: 1978, deactivated: 3 },
      ...{ left_alone: 2, failed: 1, invalid: 4 },
    }),
    errors: { invalid_email: lines(4), identifier_conflict: lines(1, 871) },
    leftAlone: { blocked_since: lines(2, 40) },
    notes: {
      ...{ returned: lines(2, 90), adopted: lines(3, 300) },
      ...{ drift_kept: lines(1, 12), drift_overwritten: lines(26, 30) },
    },
    leavers: { ...noLeavers(), deactivated: 17, failed: 1, unchanged: 2 },
    ...{ invitations: NO_MAILS, roleChanges: [], warnings: [], timeline: [] },
    history: { rows: [], mails: [] },
    ...keys,
  });
  const own = nightOf(report, { findings: NIGHT_FINDINGS, map: NO_COLUMNS });
  const trend = [...nights.slice(-29), own].map(toTrend);
  return { ...report, comparison: compare(own, nights.at(-1)), trend };
}

/** By a name of a file. */
export const SAMPLE_REPORTS: Record<string, Report> = {
  'done-clean': base({
    ...NOTHING_WRONG,
    rows: rowsOf({ total: 10_000, created: 10_000 }),
    invitations: { ...NO_MAILS, sent: 4800 },
    files: ['results.csv', 'audit.jsonl', 'report.json', 'report.html'],
  }),
  'done-with-rejects': base({
    rows: rowsOf({ total: 1000, created: 625, skipped: 20, failed: 2, invalid: 353 }),
    errors: MANY_CODES,
    wrongColumns: [
      {
        column: 'role',
        meant: [{ value: 'admin', rows: 12, spellings: 1 }],
        unlike: 0,
        isMore: false,
      },
      { column: 'tenant_id', meant: [], unlike: 3, isMore: false },
    ],
    settings: inputOf({
      file: FILE,
      onInvalid: 'import-valid',
      canaryRows: 20,
      approval: 'required',
    }),
  }),
  'validation-stop': base({
    ending: 'validation-failed',
    finishedAt: after(4),
    rows: rowsOf({ total: 1000, invalid: 36, unprocessed: 964 }),
    errors: { invalid_email: lines(30), invalid_role: lines(12, 40, 1) },
    ...{ invitations: NO_MAILS, roleChanges: [], timeline: [], history: { rows: [], mails: [] } },
    files: ['rejects.csv', 'audit.jsonl', 'report.json', 'report.html'],
  }),
  'file-error': base({
    ending: 'validation-failed',
    finishedAt: after(1),
    sha256: undefined,
    csv: undefined,
    rows: rowsOf({}),
    fileError: {
      code: 'unmapped_trait',
      message:
        'unmapped_trait: the identity schema has no trait for the columns "shoe_size", "favourite_colour". Map them with "columns": {"shoe_size":"metadata_public.shoe_size"}, or to "ignore".',
    },
    ...{ ...NOTHING_WRONG, invitations: NO_MAILS, roles: {}, history: { rows: [], mails: [] } },
    files: ['report.json', 'report.html'],
  }),
  'dry-run-live': base({
    ending: 'dry-run',
    settings: inputOf({ file: FILE, dryRun: 'live', mode: 'update' }),
    rows: rowsOf({
      total: 1000,
      would_create: 700,
      would_update: 250,
      unchanged: 40,
      invalid: 6,
      left_alone: 4,
    }),
    roleChanges: [
      { from: 'user', to: 'admin', ...lines(3) },
      { from: '(none)', to: 'support', ...lines(21) },
    ],
    otherChanges: { deactivated: lines(2), address: lines(7) },
    leftAlone: { activation_not_allowed: lines(3), address_change_not_allowed: lines(1) },
    invitations: NO_MAILS,
  }),
  'dry-run-file': base({
    ...{ ...NOTHING_WRONG, ending: 'dry-run', invitations: NO_MAILS },
    settings: inputOf({ file: FILE, dryRun: 'file' }),
    rows: rowsOf({ total: 1200, unprocessed: 1200 }),
  }),
  updated: base({
    tenants: { distinct: 2, rows: { t1: 880, t2: 20 } },
    sample: [
      {
        line: 17,
        identityId: '0d6c2f5e-1c1f-4d0b-9d0c-1d5c6f2a7b11',
        fields: [{ path: 'traits.role', from: 'user', to: 'admin' }, { path: 'traits.name.first' }],
        more: 3,
      },
    ],
    settings: inputOf({
      ...{ file: FILE, mode: 'update', allow: ['activate', 'change-address'] },
      columns: {
        'Full Name': 'traits.name',
        Shoe: 'ignore',
        Phone: ['traits.phone', 'metadata_public.phone'],
      },
      values: { role: { administrator: 'admin', '': 'user' } },
      defaults: { tenant_id: 't1' },
      csv: { separator: 'semicolon', nothing: ['NULL', 'N/A'] },
      invitations: {
        send: 'hold',
        window: { from: '08:00', to: '18:00', timeZone: 'Europe/Berlin' },
      },
    }),
    rows: rowsOf({ total: 900, updated: 500, unchanged: 380, left_alone: 20 }),
    roleChanges: [
      { from: 'user', to: 'admin', ...lines(3) },
      { from: 'admin', to: 'user', ...lines(40) },
      { from: '(other)', to: 'support', ...lines(1) },
    ],
    otherChanges: { activated: lines(2), cleared: lines(300) },
    leftAlone: { other_tenant: lines(18), identifier_change_not_allowed: lines(2) },
  }),
  'cancelled-then-finished': secondRun(),
  retried: retried(),
  'undone-runs': undoneRuns(),
  undone: base({
    ...NOTHING_WRONG,
    rows: rowsOf({ total: 1000, created: 990, updated: 10 }),
    undone: {
      ...{ at: after(7200), actor: 'bob', workflowId: `${RUN.workflowId}-undo`, forced: false },
      ...{ deleted: 971, restored: 9, already_deleted: 2, mailed: 400, not_reached: 0 },
      kept: { logged_in: lines(17), changed: lines(1) },
    },
  }),
  huge: base({
    finishedAt: after(200_000),
    rows: rowsOf({
      total: 10_000_000,
      created: 9_612_345,
      skipped: 340_655,
      failed: 12_000,
      invalid: 35_000,
    }),
    errors: {
      schema_violation: {
        count: 1_234_567,
        lines: Array.from({ length: 20 }, (_, i) => 9_100_000 + i * 31_337),
      },
    },
    invitations: { ...NO_MAILS, due: 1_000_000, sent: 4_790_000 },
    history: historyOver(200_000, 10_000_000, 4_790_000),
  }),
  'long-names': base({
    run: { ...RUN, workflowId: `import-${LONG}-${'x'.repeat(60)}-5a1f963d6106` },
    settings: inputOf({
      file: `${LONG}/${LONG}/${LONG}-5a1f963d6106.csv`,
      actor: `svc-${LONG}@automation.example.org`,
      columns: { [`${LONG}${LONG}`]: `metadata_public.${LONG}` },
    }),
    roles: { [LONG + LONG]: 400, user: 20, 'مدير النظام': 3, 管理者: 2 },
    roleChanges: [{ from: 'user', to: LONG + LONG, ...lines(3) }],
    warnings: [`unknown_column: column "${LONG}${LONG}" is ignored`],
  }),
  'many-roles': base({
    roles: Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`department-${i}-editor`, 600 - i]),
    ),
    rows: rowsOf({ total: 20_000, updated: 20_000 }),
    roleChanges: Array.from({ length: 50 }, (_, i) => ({
      ...{ from: 'user', to: `department-${i}-editor` },
      ...lines(60 - i),
    })),
  }),
  failed: base({
    ending: 'failed',
    rows: rowsOf({ total: 1000, created: 400, undecided: 50, unprocessed: 550 }),
    ...{ errors: {}, roleChanges: [] },
    history: historyOver(3, 450, 0),
    finishedAt: after(3),
    invitations: NO_MAILS,
    failure:
      'Kratos refused the token (401). Correct KRATOS_ADMIN_TOKEN of the workers, then start the same file again.',
    timeline: [{ at: after(2), by: 'import', text: 'Kratos refused the token (401).' }],
  }),
  purged: base({
    ...{ purgedAt: after(864_000), files: ['audit.jsonl', 'report.json', 'report.html'] },
    roleChanges: [],
  }),
  'source-night': nightly(),
  'source-first-night': {
    ...nightly({ notes: {}, leavers: noLeavers() }),
    comparison: compare(nightNumber(0), undefined),
    trend: [toTrend(nightNumber(0))],
  },
  'source-dry-run': {
    ...nightly({
      ...{ ending: 'dry-run', settings: inputOf({ ...HR, file: FILE, dryRun: 'live' }) },
      rows: rowsOf({ total: 2000, would_create: 40, would_update: 20, unchanged: 1940 }),
      leavers: { ...noLeavers(), would_deactivate: 120 },
      ...{ ...NOTHING_WRONG, leftAlone: {}, notes: { adopted: lines(3, 300) } },
    }),
    trend: undefined,
  },
  'source-unchanged': base({
    ...{ ...NOTHING_WRONG, ending: 'unchanged', finishedAt: after(1), rows: rowsOf({}), roles: {} },
    ...{ csv: undefined, invitations: NO_MAILS, history: { rows: [], mails: [] } },
    settings: inputOf({ ...HR, file: 'hr/users-2026-11-02.csv' }),
    unchangedSince: nightNumber(29).run,
    files: ['report.json', 'report.html'],
  }),
  'over-days': base({ finishedAt: after(400_000), history: historyOver(400_000, 10_000, 4790) }),
};
