import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/contract/report.js';
import { renderReport } from '../../../src/cli/render-report.js';
import { toAttempt } from '../../../src/report/attempts.js';
import { inputOf } from '../../support/planned-run.js';
import { after, reportOf, rowsOf } from '../../support/reports.js';

const run = (n: number) => ({
  workflowId: 'import-users-2f6c0a9b1d3e',
  runId: `7c9e6679-7425-40de-944b-e07fc1f90ae${n}`,
});
const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };
const bare = { errors: {}, warnings: [], roleChanges: [], invitations: NO_MAILS };

const first = reportOf({
  ...bare,
  ...{ run: run(1), ending: 'cancelled' },
  rows: rowsOf({ total: 200, created: 140, unprocessed: 60 }),
});
const second = reportOf({
  ...bare,
  ...{ run: run(2), startedAt: after(1000) },
  rows: rowsOf({ total: 200, created: 60, skipped: 140 }),
  attempts: [toAttempt(first)],
  combined: {
    ...rowsOf({ total: 200, created: 200 }),
    ...{ dropped: 0, added: 0, invitations: NO_MAILS },
  },
});

const textOf = (...args: Parameters<typeof renderReport>): string[] =>
  renderReport(...args).map((line) => (typeof line === 'string' ? line : line.text));

describe('the report in the terminal', () => {
  it('tells the sum of all runs first, then each, then the newest', () => {
    expect(textOf(second, '/runs').slice(0, 11)).toEqual([
      'All 2 runs together: 200 users created.',
      '  total               200',
      '  created             200',
      'Its runs, the newest first:',
      '  2026-11-02 09:16:40 UTC  done: 60 created, 140 skipped',
      '    below',
      '  2026-11-02 09:00:00 UTC  cancelled: 140 created, 60 unprocessed',
      `    user-import report ${run(1).workflowId} --run ${run(1).runId}`,
      '',
      'import-users-2f6c0a9b1d3e: Done. 60 users created.',
      '  total               200',
    ]);
  });

  it('of a run that was retried has the sum of the retry, and offers what that has left', () => {
    const rows = rowsOf({ total: 200, created: 195, invalid: 5 });
    const base = reportOf({ ...bare, run: run(1), rows });
    const retry: Report = reportOf({
      ...bare,
      run: { ...run(2), workflowId: `${run(2).workflowId}-retry-1` },
      settings: inputOf({ retryOf: base.run }),
      rows: rowsOf({ total: 5, created: 5 }),
      attempts: [toAttempt(base)],
      combined: {
        ...rowsOf({ total: 200, created: 200 }),
        ...{ dropped: 0, added: 0, invitations: NO_MAILS },
      },
    });
    const lines = textOf(base, '/runs', retry);
    expect(lines[0]).toBe('All 2 runs together: 200 users created.');
    expect(lines).not.toContainEqual(expect.stringContaining('user-import retry'));
    expect(lines.join('\n')).toMatch(
      new RegExp(`Undo this import:\\s+user-import undo ${base.run.workflowId}\\b`),
    );
  });

  it('says of each run what an undo has made of it', () => {
    const undone: NonNullable<Report['undone']> = {
      ...{ at: after(2000), actor: 'alice', workflowId: 'undo-x', forced: false },
      ...{ deleted: 138, restored: 0, already_deleted: 0, mailed: 0, not_reached: 0 },
      kept: { logged_in: { count: 2, lines: [3, 4] } },
    };
    const attempts = [{ ...toAttempt(first), undone }];
    expect(textOf({ ...second, attempts }, '/runs')).toContainEqual(
      expect.stringContaining('60 unprocessed (undone: 138 deleted, 2 kept)'),
    );
  });

  it('names the runs of another file under the same id', () => {
    const lines = textOf(reportOf({ ...bare, otherFiles: [toAttempt(first)] }), '/runs');
    expect(lines[0]).toContain('Another file was imported under the same id.');
    expect(lines[1]).toContain('140 created');
  });

  it('of one run alone has nothing of others', () => {
    expect(textOf(first, '/runs')[0]).toMatch(/^import-users-2f6c0a9b1d3e: Cancelled\. 140 users/);
  });
});
