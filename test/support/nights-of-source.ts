/** Nights of a source as its runs have recorded them. */
import type { SourceNight } from '../../src/store/source-nights.js';

const FIRST = Date.parse('2026-10-05T03:00:00.000Z');
const DAY = 86_400_000;

/** @param number counted from 0; each is a day after the one before */
export function nightNumber(number: number, keys: Partial<SourceNight> = {}): SourceNight {
  const startedAt = new Date(FIRST + number * DAY).toISOString();
  const changes = { new: 3 + ((number * 7) % 11), changed: 20 + ((number * 13) % 17) };
  const counts = {
    ...{ ...changes, left: 1 + ((number * 5) % 6), returned: number % 3, drifted: number % 2 },
    ...{ unchanged: 1900, adopted: 0, failed: 0 },
  };
  return {
    source: 'hr',
    run: {
      workflowId: `nightly-hr-${startedAt.slice(0, 19)}Z`,
      runId: `7c9e6679-7425-40de-944b-${String(number).padStart(12, '0')}`,
    },
    ...{ startedAt, finishedAt: new Date(FIRST + number * DAY + 30_000).toISOString() },
    ...{ file: 'hr.csv', sha256: 'ab'.repeat(32), settings: 'cd'.repeat(32), repeats: true },
    ...{ rows: 2000 + number, scope: 2010 + number, open: 0, counts },
    ...keys,
  };
}
