import type { Progress } from '../../src/contract/import/progress.js';

/** Counters of rows: none of anything. */
export const NO_ROWS: Progress['rows'] = {
  total: 0,
  done: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  left_alone: 0,
  deactivated: 0,
  deleted: 0,
  failed: 0,
  invalid: 0,
};

/** An import in the middle of its work. */
export function progressOf(keys: Partial<Progress> = {}): Progress {
  return {
    phase: 'importing',
    paused: false,
    cancelling: false,
    mode: 'skip',
    concurrency: 5,
    rows: {
      ...NO_ROWS,
      ...{ total: 12_000, done: 4500, created: 4000, skipped: 300, failed: 50, invalid: 150 },
    },
    chunks: { total: 24, done: 9, inFlight: 5, allowed: 5 },
    ratePerSecond: 123.4,
    etaSeconds: 61,
    invitations: { due: 0, sent: 0, failed: 0, perMinute: 60, held: false },
    plan: { roles: { admin: 3, user: 11_847 }, warnings: [] },
    roleChanges: [],
    changes: [],
    sample: [],
    notices: [],
    ...keys,
  };
}

/** The same for a run that only asks Kratos what each row would do. */
export function liveDryRunOf(keys: Partial<Progress> = {}): Progress {
  const rows = { ...NO_ROWS, total: 100, done: 60, unchanged: 1 };
  return progressOf({
    rows: { ...rows, would_create: 40, would_update: 12, would_skip: 7 },
    ...keys,
  });
}
