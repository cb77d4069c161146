/** How the rounds of a file add up: its own import, and the retries of what was rejected. */
import { OUTCOMES } from '../contract/import/outcomes.js';
import type { Report, Round, Together } from '../contract/report.js';

/** What a later report says of an earlier run. */
export function roundOf({ run, ending, startedAt, finishedAt, rows, settings }: Report): Round {
  const { file, actor } = settings;
  return { run, ending, startedAt, finishedAt, rows, file, actor };
}

/**
 * Each row of the first file under what it has come to: rejected rows under what the next round made of them.
 * @param rounds the rows of each round, the first file's first
 */
export function addUpRounds(rounds: readonly Report['rows'][]): Together {
  const sum = { ...noRows(), dropped: 0, added: 0 };
  for (const [i, rows] of rounds.entries()) {
    const earlier = rounds[i - 1];
    const open = earlier ? rejectedIn(earlier) : rows.total;
    sum.dropped += Math.max(0, open - rows.total);
    sum.added += Math.max(0, rows.total - open);
    for (const outcome of OUTCOMES) sum[outcome] += rows[outcome];
    if (earlier) {
      sum.failed -= earlier.failed;
      sum.invalid -= earlier.invalid;
    }
  }
  sum.total = (rounds[0]?.total ?? 0) + sum.added;
  return sum;
}

/** How many rows a run leaves in rejects.csv. */
export function rejectedIn({ failed, invalid }: Report['rows']): number {
  return failed + invalid;
}

export function noRows(): Report['rows'] {
  return Object.fromEntries(['total', ...OUTCOMES].map((name) => [name, 0])) as Report['rows'];
}
