/** How the attempts of a file add up: its own import, and the retries of what was rejected. */
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { Report, RetryAttempt, CombinedRows } from '../contract/report.js';

/** What a later report says of an earlier run. */
export function toRetryAttempt({
  run,
  ending,
  startedAt,
  finishedAt,
  rows,
  settings,
}: Report): RetryAttempt {
  const { file, actor } = settings;
  return { run, ending, startedAt, finishedAt, rows, file, actor };
}

/**
 * Each row of the first file under what it has come to: rejected rows under what the next attempt made of them.
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

/** How many rows a run leaves in rejects.csv. */
export function rejectedIn({ failed, invalid }: Report['rows']): number {
  return failed + invalid;
}

export function noRows(): Report['rows'] {
  return Object.fromEntries(['total', ...OUTCOMES].map((name) => [name, 0])) as Report['rows'];
}
