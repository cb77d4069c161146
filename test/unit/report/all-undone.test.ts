import { expect, it } from 'vitest';
import type { Undone } from '../../../src/contract/report.js';
import { leftStanding, overallUndone } from '../../../src/report/all-undone.js';
import { toAttempt } from '../../../src/report/attempts.js';
import { shortHeadline } from '../../../src/report/page/overall.js';
import { RUN } from '../../support/planned-run.js';
import { after, reportOf, rowsOf } from '../../support/reports.js';

const undoneAt = (seconds: number, keys: Partial<Undone> = {}): Undone => ({
  ...{ at: after(seconds), actor: 'bob', workflowId: 'undo-1', forced: false, deleted: 6 },
  ...{ restored: 0, kept: {}, already_deleted: 0, mailed: 0, not_reached: 0, ...keys },
});

const first = reportOf({ rows: rowsOf({ total: 10, created: 6, unprocessed: 4 }) });
/** It started 1,000 seconds after the first one, and ended after 1,900. */
const second = reportOf({
  run: { ...RUN, runId: '00000000-0000-4000-8000-000000000002' },
  ...{ startedAt: after(1000), finishedAt: after(1900) },
  rows: rowsOf({ total: 10, created: 4, skipped: 6 }),
  attempts: [toAttempt(first)],
  combined: {
    ...rowsOf({ total: 10, created: 10 }),
    ...{ dropped: 0, added: 0, invitations: { due: 0, sent: 0, failed: 0 } },
  },
});

it('undos of several runs are told as one', () => {
  const attempts = [{ ...toAttempt(first), undone: undoneAt(2000, { not_reached: 1 }) }];
  const report = { ...second, attempts, undone: undoneAt(2010, { deleted: 4 }) };
  expect(overallUndone(report)).toMatchObject({ at: after(2010), deleted: 10, not_reached: 1 });
  expect(leftStanding(report)).toBe(0);
});

it('is undone in part where a run is left', () => {
  const report = { ...second, undone: undoneAt(2000, { deleted: 4 }) };
  expect(leftStanding(report)).toBe(1);
  expect(shortHeadline(report)).toMatchObject({
    ...{ mood: 'mixed', state: 'Partly undone' },
    title: '4 users deleted; before that: 10 users created',
  });
});

it('what was undone before the file was imported anew is no part of it', () => {
  const attempts = [{ ...toAttempt(first), undone: undoneAt(950) }];
  const report = { ...second, attempts };
  expect(overallUndone(report)).toBeUndefined();
  expect(leftStanding(report)).toBe(0);
  expect(shortHeadline(report)).toMatchObject({ state: 'Done', title: '10 users created' });
});
