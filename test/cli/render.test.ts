import { describe, expect, it } from 'vitest';
import { renderOutcome, renderProgressLine, renderStatus } from '../../src/cli/render.js';
import { progressOf } from '../support/progress.js';

const NOTICE = { at: '2026-11-02T10:00:00.000Z', text: 'Kratos does not answer.' };

describe('the progress on a terminal', () => {
  it('is one line of what is known', () => {
    expect(renderProgressLine(progressOf())).toBe(
      'importing, 4,500 of 12,000 rows, 4,000 created, 300 skipped, 50 failed, 150 invalid, 123/s, 1 min 1 s to go',
    );
    const rows = { total: 0, done: 0, created: 0, skipped: 0, failed: 0, invalid: 0 };
    const early = { rows, ratePerSecond: null, etaSeconds: null };
    expect(renderProgressLine(progressOf({ ...early, phase: 'validating' }))).toBe('validating');
    expect(
      renderProgressLine(progressOf({ ...early, phase: 'preflight', notices: [NOTICE] })),
    ).toBe('preflight, Kratos does not answer.');
  });

  it('tells chunks, roles, warnings and notices as a status', () => {
    const plan = { roles: { user: 2 }, warnings: ['byte_order_mark: ignored'] };
    expect(
      renderStatus(progressOf({ plan, notices: [NOTICE] }))
        .split('\n')
        .slice(1),
    ).toEqual([
      'chunks: 9 of 24 done, 5 in flight (at most 5); users who exist: skip',
      'users by role: user 2',
      'warning byte_order_mark: ignored',
      'notice 2026-11-02T10:00:00.000Z Kratos does not answer.',
    ]);
  });
});

describe('the outcome on a terminal', () => {
  const rows = {
    total: 1203,
    created: 1200,
    skipped: 0,
    failed: 3,
    invalid: 0,
    undecided: 0,
    unprocessed: 0,
  };

  it('names what there is any of, the people due an invitation, and the files', () => {
    expect(
      renderOutcome({
        ending: 'done',
        rows,
        invitations: { due: 1100 },
        warnings: ['weak_password: passwords shorter than 8 characters: 2'],
        files: ['results.csv', 'report.json'],
        folder: '/runs/import-1/7c9e',
      }),
    ).toBe(`The import is done.
  total             1,203
  created           1,200
  failed                3
  1,100 of them have no password and are due an invitation.
Warning weak_password: passwords shorter than 8 characters: 2
Files: /runs/import-1/7c9e
  results.csv
  report.json`);
  });

  it('of a dry run says that nobody was imported', () => {
    const summary = {
      ending: 'dry-run' as const,
      rows,
      invitations: { due: 0 },
      warnings: [],
      files: [],
      folder: '/f',
    };
    expect(renderOutcome(summary)).toMatch(/^Validated; nobody was imported\./);
    expect(renderOutcome(summary)).not.toContain('invitation');
  });
});
