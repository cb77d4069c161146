import type { Notification } from '../../src/contract/notification.js';

export const NOTIFIED_RUN = {
  workflowId: 'import-2026.11',
  runId: '3f1c2b8a-6f0e-4a53-9d43-9f4f2f9f0c11',
};

/** The canary rows of an import wait for approval. */
export function notificationOf(keys: Partial<Notification> = {}): Notification {
  return {
    of: 'import',
    what: 'awaiting-approval',
    reason: 'canary',
    number: 2,
    at: '2026-11-27T18:25:00.123Z',
    phase: 'awaiting-approval',
    rows: { total: 20_000, done: 20, created: 19, failed: 1, skipped: 0 },
    ...keys,
  };
}
