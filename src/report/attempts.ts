/** The sum of all attempts at a file: its import, and the retries of its rejected rows. Pure. */
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { Report, RetryAttempt, CombinedRows } from '../contract/report.js';

/** An earlier run, as a later report has it. */
export function toRetryAttempt(report: Report): RetryAttempt {
  const { run, ending, startedAt, finishedAt, rows } = report;
  const { file, actor } = report.settings;
  return { run, ending, startedAt, finishedAt, rows, file, actor };
}

/**
 * Each row of the first file under its last outcome: a rejected row under its outcome in the next attempt.
 * @param attempts the rows of each attempt, the first file's first
 */
export function combineAttempts(attempts: readonly Report['rows'][]): CombinedRows {
  const sum = { ...noRows(), dropped: 0, added: 0 };
  for (const [i, rows] of attempts.entries()) {
    const earlier = attempts[i - 1];
    const open = earlier ? rejectedIn(earlier) : rows.total;
    sum.dropped += Math.max(0, open - rows.total);
    sum.added += Math.max(0, rows.total - open);
    for (const outcome of OUTCOMES) sum[outcome] += rows[outcome];
    if (earlier) {
      sum.failed -= earlier.failed;
      sum.invalid -= earlier.invalid;
    }
  }
  sum.total = (attempts[0]?.total ?? 0) + sum.added;
  return sum;
}

/** The number of rows in a run's rejects.csv. */
export function rejectedIn({ failed, invalid }: Report['rows']): number {
  return failed + invalid;
}

export function noRows(): Report['rows'] {
  return Object.fromEntries(['total', ...OUTCOMES].map((name) => [name, 0])) as Report['rows'];
}
