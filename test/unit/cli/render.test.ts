import { describe, expect, it } from 'vitest';
import { renderOutcome } from '../../../src/cli/render-outcome.js';
import { renderProgressLine, renderState, renderStatus } from '../../../src/cli/render.js';
import { OUTCOMES, type Outcome } from '../../../src/contract/import/outcomes.js';
import { liveDryRunOf, NO_ROWS, progressOf } from '../../support/progress.js';

const NOTICE = { at: '2026-11-02T10:00:00.000Z', text: 'Kratos does not answer.' };

const NO_MAILS = { due: 0, sent: 0, failed: 0, failures: {} };

const ID = '5b2f7a52-0c4f-4a9e-8d1a-6a0e6d7f9b11';
const SAMPLE = [
  {
    line: 4,
    identityId: ID,
    fields: [{ path: 'traits.role', from: 'user', to: 'admin' }, { path: 'traits.name.first' }],
  },
];

const QUIET = { ratePerSecond: null, etaSeconds: null };

describe('the progress on a terminal', () => {
  it('is one line of all that is known', () => {
    expect(renderProgressLine(progressOf())).toBe(
      'importing, 4,500 of 12,000 rows, 4,000 created, 300 skipped, 50 failed, 150 invalid, 123/s, 1 min 1 s to go',
    );
    expect(renderProgressLine(progressOf({ ...QUIET, rows: NO_ROWS, phase: 'validating' }))).toBe(
      'validating',
    );
    const rows = { ...NO_ROWS, total: 10, done: 10, updated: 6, unchanged: 4 };
    expect(renderProgressLine(progressOf({ ...QUIET, rows, phase: 'done' }))).toBe(
      'done, 10 of 10 rows, 6 updated, 4 unchanged',
    );
  });

  it('begins with the phase that needs an operator', () => {
    expect(renderProgressLine(progressOf({ paused: true }))).toMatch(/^PAUSED, importing, 4,500/);
    const waiting = progressOf({ ...QUIET, phase: 'awaiting-approval' });
    expect(renderProgressLine(waiting)).toMatch(/^WAITING FOR APPROVAL, 4,500/);
    expect(renderProgressLine({ ...waiting, paused: true })).toMatch(
      /^PAUSED, WAITING FOR APPROVAL,/,
    );
  });

  it('of a live dry run is what would happen', () => {
    expect(renderProgressLine(liveDryRunOf(QUIET))).toBe(
      'dry run, 60 of 100 rows, 1 unchanged, 40 would create, 12 would update, 7 would skip',
    );
  });

  it('shows chunks, roles, warnings and notices as a status', () => {
    const plan = { roles: { user: 2 }, warnings: ['byte_order_mark: ignored'] };
    expect(renderStatus(progressOf({ plan, notices: [NOTICE] }), 'import-1').slice(1)).toEqual([
      'chunks: 9 of 24 done, 5 in flight (at most 5); existing users: skip',
      'users by role: user 2',
      'warning byte_order_mark: ignored',
      'notice 2026-11-02T10:00:00.000Z Kratos does not answer.',
    ]);
  });

  it('shows as a status what the import waits for, and the command that lets it go on', () => {
    const status = renderStatus(
      progressOf({ paused: true, phase: 'awaiting-approval' }),
      'import-1',
    );
    expect(status.slice(1, 4)).toEqual([
      'Waiting for approval. Go on: user-import approve import-1   Stop it: user-import cancel import-1',
      'What became of each row so far: user-import results import-1',
      'Paused: nothing new starts. Go on: user-import resume import-1',
    ]);
  });
});

describe('invitations on their way', () => {
  const invitations = { due: 3400, sent: 1200, failed: 0, perMinute: 60, held: false };
  const inviting = (keys: Partial<typeof invitations> = {}) =>
    progressOf({
      phase: 'inviting',
      ratePerSecond: null,
      invitations: { ...invitations, ...keys },
    });

  it('are in the line of progress, with those that failed', () => {
    expect(renderProgressLine(inviting())).toMatch(
      /^inviting, .* 1,200 of 3,400 invitations sent, 1 min 1 s to go$/,
    );
    expect(renderProgressLine(inviting({ failed: 3 }))).toContain('sent, 3 of them failed');
  });

  it('that are held say so first, and how to send them', () => {
    const held = inviting({ held: true });
    expect(renderProgressLine(held)).toMatch(/^HELD, inviting, /);
    expect(renderStatus(held, 'import-1')[1]).toBe(
      'Invitations are held. Send them: user-import release-invitations import-1   Leave them: user-import cancel import-1',
    );
    expect(renderProgressLine({ ...held, paused: true })).toMatch(/^PAUSED, HELD, inviting, /);
  });

  it('are a line of the status', () => {
    expect(renderStatus(inviting({ failed: 2 }), 'import-1')).toContain(
      'invitations: 1,200 of 3,400 sent, 2 failed, at most 60 a minute',
    );
  });
});

describe('what holds after a command', () => {
  it('is one line', () => {
    expect(renderState(progressOf({ mode: 'update' }), 'import-1')).toBe(
      'import-1: importing, chunks in flight: 5 (at most 5), existing users: update, mails: at most 60 a minute.',
    );
  });

  it('says that fewer chunks are in flight than were wanted, and how to go on', () => {
    const chunks = { total: 24, done: 9, inFlight: 2, allowed: 2 };
    expect(renderState(progressOf({ chunks, paused: true }), 'import-1')).toBe(
      'import-1: PAUSED, importing, chunks in flight: 2 (at most 2, of 5 wanted), existing users: skip, mails: at most 60 a minute. Paused: nothing new starts. Go on: user-import resume import-1',
    );
  });
});

describe('the outcome on a terminal', () => {
  const none = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  const rows = { ...none, total: 1203, created: 1200, failed: 3 };

  it('names the outcomes that are not zero, the people due an invitation, and the files', () => {
    expect(
      renderOutcome({
        ending: 'done',
        rows,
        leftAlone: {},
        roleChanges: [],
        otherChanges: {},
        invitations: { ...NO_MAILS, due: 1100 },
        warnings: [
          'weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)',
        ],
        files: ['results.csv', 'report.json'],
        folder: '/runs/import-1/7c9e',
      }).join('\n'),
    ).toBe(`The import is done.
  total             1,203
  created           1,200
  failed                3
Invitations: 1,100 still due, which the next import of the file sends.
Warning weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)
Files: /runs/import-1/7c9e
  results.csv
  report.json`);
  });

  it('has the state of the invitations, and why they failed', () => {
    const failures = { '550': { count: 2, lines: [7, 9] } };
    const lines = renderOutcome({
      ending: 'done',
      rows,
      leftAlone: {},
      roleChanges: [],
      otherChanges: {},
      invitations: { due: 1, sent: 1100, failed: 2, failures },
      warnings: [],
      files: [],
      folder: '/f',
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        'Invitations: 1,100 sent, 2 failed, 1 still due, which the next import of the file sends.',
        'Invitation failed, 550: 2 rows (lines 7, 9)',
      ]),
    );
  });

  it('of a dry run says that no user was imported or changed, what would happen, and which roles would change', () => {
    const live = { total: 6, would_create: 3, would_update: 2, unchanged: 1 };
    expect(
      renderOutcome({
        ending: 'dry-run',
        rows: { ...none, ...live },
        leftAlone: {},
        roleChanges: [{ from: 'user', to: 'admin', count: 2, lines: [4, 9] }],
        otherChanges: {},
        roles: { admin: 4, user: 2 },
        tenants: { distinct: 2, rows: { acme: 4, globex: 2 } },
        sample: SAMPLE,
        invitations: { ...NO_MAILS, due: 0 },
        warnings: [],
        files: [],
        folder: '/f',
      }).join('\n'),
    ).toBe(`A dry run: nobody was imported or changed.
2 users would get another role: user -> admin 2.
  total                 6
  unchanged             1
  would create          3
  would update          2
Role user -> admin: 2 rows (lines 4, 9)
users by role: admin 4, user 2
users by tenant: acme 4, globex 2
Would change, of some rows:
  line 4, identity ${ID}
    traits.role user -> admin, traits.name.first
Files: /f`);
  });
});
