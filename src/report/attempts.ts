/** The sum of all runs that had the same rows: the import of a file, its repetitions, and the retries. Pure. */
import { OUTCOMES, type InvitationState, type Outcome } from '../contract/import/outcomes.js';
import type { Attempt, CombinedRows, MailCounts, Report } from '../contract/report.js';

/** An earlier run, as a later report has it. */
export function toAttempt(report: Report): Attempt {
  const { run, ending, startedAt, finishedAt, rows, sha256, undone } = report;
  const { file, actor } = report.settings;
  const { due, sent, failed } = report.invitations;
  const invitations = { due, sent, failed };
  const of = { file, sha256, actor, leavers: report.leavers };
  return { run, ending, startedAt, finishedAt, rows, ...of, invitations, undone };
}

/** What one run has made of a row, and what an undo has made of that. */
export interface RowInRun {
  outcome: Outcome;
  invitation: InvitationState;
  /** `deleted`: there is no such user any more. `restored`: the user is what they were before the run. */
  undone?: { how: 'deleted' | 'restored'; at: string } | undefined;
}

/** A row before any run came to it. */
const NOT_REACHED: Readonly<RowInRun> = { outcome: 'unprocessed', invitation: 'none' };

/**
 * What has come of one row in all runs of its file.
 * @param runs in order of time
 * @param startedAt of each of them (ISO 8601)
 */
export function mergeRow(runs: readonly RowInRun[], startedAt: readonly string[]): RowInRun {
  const isUndone = runs.some(({ undone }) => undone);
  const left = isUndone ? leftAfterUndos(runs, startedAt) : runs;
  return left.reduce(later, NOT_REACHED);
}

/** Who exists because of the import stays its user, whatever later runs find. */
function later(before: RowInRun, next: RowInRun): RowInRun {
  const isOurs =
    before.outcome === 'created' || (isChange(before.outcome) && next.outcome !== 'created');
  const stays = isOurs || next.outcome === 'unprocessed';
  // A mail that went out cannot be taken back.
  const keepsMail = next.invitation === 'none' || before.invitation === 'sent';
  return {
    outcome: stays ? before.outcome : next.outcome,
    invitation: keepsMail ? before.invitation : next.invitation,
  };
}

function isChange(outcome: Outcome): boolean {
  return outcome === 'updated' || outcome === 'deactivated' || outcome === 'deleted';
}

/** The runs whose effect is left, in order of time. */
function leftAfterUndos(runs: readonly RowInRun[], startedAt: readonly string[]): RowInRun[] {
  const events = runs.flatMap((run, i) => [
    { at: Date.parse(startedAt[i]!), run, undo: undefined },
    ...(run.undone ? [{ at: Date.parse(run.undone.at), run, undo: run.undone.how }] : []),
  ]);
  let left: RowInRun[] = [];
  for (const { run, undo } of events.toSorted((a, b) => a.at - b.at)) {
    if (undo === undefined) left.push(run);
    // Without the user, what any run had made of them is gone, too.
    else if (undo === 'deleted') left = [];
    else left = left.filter((one) => one !== run);
  }
  return left;
}

/** The rows of one file in all runs of it, or the rows of one run: each row once. */
export interface RowSum {
  rows: Report['rows'];
  invitations: MailCounts;
}

/** The retries of what a run had rejected: their runs of one corrected copy. */
export interface RetrySum extends RowSum {
  /** The rows of the run whose rejects.csv was corrected. */
  of: Report['rows'];
}

/**
 * Each row of the first file by what came of it last: a rejected row under its outcome in the retry.
 * @param first the first file's own runs
 * @param retries in order of time
 */
export function combine(first: RowSum, retries: readonly RetrySum[]): CombinedRows {
  const sum = {
    ...first.rows,
    dropped: 0,
    added: 0,
    invitations: { ...first.invitations },
  };
  /** What retries have not reached: part of the sum. */
  const pending = { undecided: 0, unprocessed: 0 };
  for (const retry of retries) addRetry(sum, pending, retry);
  return sum;
}

type Pending = Pick<Report['rows'], 'undecided' | 'unprocessed'>;

function addRetry(sum: CombinedRows, pending: Pending, { rows, of, invitations }: RetrySum): void {
  const handedOver = rejectedIn(of);
  const open = takeOpen(sum, pending, of);
  // Rejected rows that another attempt has settled: this one finds their users there.
  const next = { ...rows };
  takeRepeated(next, handedOver - open);
  sum.dropped += Math.max(0, open - next.total);
  const added = Math.max(0, next.total - open);
  sum.added += added;
  sum.total += added;
  for (const outcome of OUTCOMES) sum[outcome] += next[outcome];
  for (const outcome of PENDING) pending[outcome] += next[outcome];
  for (const state of MAILS) sum.invitations[state] += invitations[state];
}

/**
 * Takes out of the sum those of the rejected rows that nothing has settled yet: also what a retry of them has not
 * reached.
 * @returns how many there were
 */
function takeOpen(sum: Report['rows'], pending: Pending, of: Report['rows']): number {
  let open = 0;
  for (const outcome of ['failed', 'invalid'] as const) {
    const taken = Math.min(sum[outcome], of[outcome]);
    sum[outcome] -= taken;
    open += taken;
  }
  for (const outcome of PENDING) {
    const taken = Math.min(pending[outcome], rejectedIn(of) - open);
    sum[outcome] -= taken;
    pending[outcome] -= taken;
    open += taken;
  }
  return open;
}

const PENDING = ['undecided', 'unprocessed'] as const;

/** Those that mean least come first; a user is created once, so that who was created here was not settled before. */
const REPEATED = [
  ...(['skipped', 'unchanged', 'left_alone', 'updated'] as const),
  ...(['failed', 'invalid', 'undecided', 'unprocessed'] as const),
];

function takeRepeated(rows: Report['rows'], most: number): void {
  let left = most;
  for (const outcome of REPEATED) {
    const taken = Math.min(rows[outcome], left);
    rows[outcome] -= taken;
    rows.total -= taken;
    left -= taken;
  }
}

const MAILS = ['due', 'sent', 'failed'] as const;

/** The number of rows in a run's rejects.csv. */
export function rejectedIn({ failed, invalid }: Report['rows']): number {
  return failed + invalid;
}

export function noRows(): Report['rows'] {
  return Object.fromEntries(['total', ...OUTCOMES].map((name) => [name, 0])) as Report['rows'];
}

export function noRowSum(): RowSum {
  return { rows: noRows(), invitations: { due: 0, sent: 0, failed: 0 } };
}

export function countRow({ rows, invitations }: RowSum, row: RowInRun): void {
  rows.total++;
  rows[row.outcome]++;
  if (row.invitation !== 'none') invitations[row.invitation]++;
}
