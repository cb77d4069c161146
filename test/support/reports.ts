import { OUTCOMES } from '../../src/contract/import/outcomes.js';
import type { Report } from '../../src/contract/report.js';
import { inputOf, RUN } from './planned-run.js';

const START = Date.parse('2026-11-02T09:00:00.000Z');

/** So many seconds after the start of `reportOf`. */
export const after = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

export function rowsOf(counts: Partial<Report['rows']>): Report['rows'] {
  const none = Object.fromEntries(['total', ...OUTCOMES].map((name) => [name, 0]));
  return { ...(none as Report['rows']), ...counts };
}

/** The report of an import of 10,000 rows with a bit of everything. */
export function reportOf(keys: Partial<Report> = {}): Report {
  return {
    run: RUN,
    ending: 'done',
    startedAt: after(0),
    finishedAt: after(900),
    settings: inputOf({ onInvalid: 'import-valid', invitations: { perMinute: 600 } }),
    rows: rowsOf({ total: 10_000, created: 9_612, skipped: 340, failed: 12, invalid: 36 }),
    invitations: {
      due: 2,
      sent: 4_790,
      failed: 8,
      failures: {
        '550': { count: 7, lines: [88, 612, 700] },
        '30 tries': { count: 1, lines: [9] },
      },
    },
    errors: {
      invalid_email: { count: 30, lines: Array.from({ length: 20 }, (_, i) => 17 + 31 * i) },
      unknown_tenant: { count: 6, lines: [5, 6, 7, 8, 9, 10] },
      identifier_conflict: { count: 12, lines: [101, 202, 303] },
    },
    roles: { user: 9_500, admin: 12, support: 452 },
    leftAlone: {},
    otherChanges: {},
    roleChanges: [{ from: 'user', to: 'admin', count: 2, lines: [14, 15] }],
    warnings: ['unknown_column: column "shoe_size" is ignored'],
    timeline: [
      {
        at: after(20),
        by: 'operator',
        text: 'Paused: nothing new starts, what is in flight finishes. Go on with resume.',
      },
      { at: after(50), by: 'operator', text: 'Resumed.' },
      {
        at: after(60),
        by: 'import',
        text: 'Kratos answered 429. Slowing down: chunks in flight at most 2, before 5.',
      },
    ],
    history: {
      rows: Array.from({ length: 80 }, (_, i) => ({
        at: after(i < 20 ? i : i + 31),
        done: Math.min(10_000, i * 127 + (i % 7) * 9),
      })),
      mails: Array.from({ length: 90 }, (_, i) => ({
        at: after(120 + i * 8.6),
        sent: Math.min(4_790, i * 54),
        failed: Math.floor(i / 11),
      })),
    },
    files: ['results.csv', 'rejects.csv', 'audit.jsonl', 'report.json', 'report.html'],
    ...keys,
  };
}
