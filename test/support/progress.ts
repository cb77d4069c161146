import type { Progress } from '../../src/contract/progress.js';

/** An import in the middle of its work. */
export function progressOf(keys: Partial<Progress> = {}): Progress {
  return {
    phase: 'importing',
    mode: 'skip',
    concurrency: 5,
    rows: { total: 12_000, done: 4500, created: 4000, skipped: 300, failed: 50, invalid: 150 },
    chunks: { total: 24, done: 9, inFlight: 5 },
    ratePerSecond: 123.4,
    etaSeconds: 61,
    plan: { roles: { admin: 3, user: 11_847 }, warnings: [] },
    notices: [],
    ...keys,
  };
}
