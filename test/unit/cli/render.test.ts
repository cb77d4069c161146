import { describe, expect, it } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import { renderOutcome } from '../../../src/cli/render-outcome.js';
import { renderProgressLine } from '../../../src/cli/progress-facts.js';
import { renderState, renderStatus } from '../../../src/cli/render.js';
import { OUTCOMES, type Outcome } from '../../../src/contract/import/outcomes.js';
import { textsOf } from '../../support/lines.js';
import { NO_ROWS, progressOf } from '../../support/progress.js';

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

describe('the progress as text', () => {
  it('is one line of all that is known', () => {
    expect(renderProgressLine(progressOf())).toBe(
      'importing, 4,500 of 12,000 rows, 123/s, 1 min 1 s to go, 50 failed, 150 invalid, 4,000 created, 300 skipped',
    );
    const rows = { ...NO_ROWS, total: 10, done: 10, updated: 6, unchanged: 4 };
    expect(renderProgressLine(progressOf({ ...QUIET, rows, phase: 'done' }))).toBe(
      'done, 10 of 10 rows, 6 updated, 4 unchanged',
    );
  });

  it('as a status has chunks, roles, warnings and notices', () => {
    const plan = { roles: { user: 2 }, warnings: ['byte_order_mark: ignored'] };
    const status = renderStatus(progressOf({ plan, notices: [NOTICE] }), 'import-1');
    expect(textsOf(status).slice(1)).toEqual([
      'chunks: 9 of 24 done, 5 in flight (at most 5); existing users: skip',
      'users by role: user 2',
      'warning byte_order_mark: ignored',
      'notice 2026-11-02 10:00:00 UTC: Kratos does not answer.',
    ]);
  });

  it('as a status has who would leave, or be taken in, before any row is done', () => {
    const leavers = { total: 3, done: 0, deactivated: 0, deleted: 0, reported: 0 };
    const source = {
      ...{ name: 'hr', scope: 9, told: 0, adoptable: 0, settled: 0 },
      leavers: { ...leavers, left_alone: 0, failed: 0 },
    };
    const who = '  who they are:  user-import results import-1 --emails';
    const waiting = { phase: 'awaiting-approval', rows: { ...NO_ROWS, total: 9 } } as const;
    const statusOf = (keys: object) => textsOf(renderStatus(progressOf(keys), 'import-1'));
    expect(statusOf({ ...waiting, source })).toContain(who);
    expect(statusOf(waiting)).not.toContain(who);
    expect(statusOf({ ...waiting, source, rows: { ...NO_ROWS, done: 1 } })).not.toContain(who);
  });

  it('as a status has what the import waits for, and the commands to copy that let it go on', () => {
    const status = renderStatus(
      progressOf({ paused: true, phase: 'awaiting-approval' }),
      'import-1',
    );
    expect(status[0]).toMatchObject({ tone: 'attention' });
    expect(textsOf(status).slice(1, 7)).toEqual([
      'Waiting for approval.',
      '  go on:       user-import approve import-1',
      '  stop it:     user-import cancel import-1',
      '  row by row:  user-import results import-1',
      'Paused: nothing new starts.',
      '  go on:  user-import resume import-1',
    ]);
  });

  it('of an import that is cancelled says that it ends, and offers no command any more', () => {
    const cancelling = progressOf({ ...QUIET, cancelling: true });
    const [first, second] = renderStatus(cancelling, 'import-1');
    expect(first).toMatchObject({
      tone: 'attention',
      text: expect.stringMatching(/^CANCELLING, importing, 4,500 of 12,000 rows/) as string,
    });
    expect(second).toMatch(/^chunks: /);
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

  it('that are held say how to send them, and how to leave them', () => {
    const held = { ...inviting({ held: true }), etaSeconds: null };
    expect(textsOf(renderStatus(held, 'import-1')).slice(0, 4)).toEqual([
      expect.stringMatching(/^HELD, inviting, 1,200 of 3,400 mails, 50 failed/),
      'Invitations are held.',
      '  send them:   user-import release-invitations import-1',
      '  leave them:  user-import cancel import-1',
    ]);
  });

  it('are a line of the status', () => {
    expect(renderStatus(inviting({ failed: 2 }), 'import-1')).toContain(
      'invitations: 1,200 of 3,400 sent, 2 failed, at most 60 a minute',
    );
  });
});

describe('what holds after a command', () => {
  it('is the state, and the settings', () => {
    expect(textsOf(renderState(progressOf({ mode: 'update' }), 'import-1'))).toEqual([
      'import-1: importing',
      'chunks in flight: 5 (at most 5), existing users: update, mails: at most 60 a minute',
    ]);
  });

  it('says that fewer chunks are in flight than were wanted, and how to go on', () => {
    const chunks = { total: 24, done: 9, inFlight: 2, allowed: 2 };
    expect(textsOf(renderState(progressOf({ chunks, paused: true }), 'import-1'))).toEqual([
      'import-1: PAUSED, importing',
      'chunks in flight: 2 (at most 2, of 5 wanted), existing users: skip, mails: at most 60 a minute',
      'Paused: nothing new starts.',
      '  go on:  user-import resume import-1',
    ]);
  });
});

describe('the outcome on a terminal', () => {
  const outcome = (summary: ReportSummary) => textsOf(renderOutcome(summary));
  const none = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  const rows = { ...none, total: 1203, created: 1200, failed: 3 };

  it('names the outcomes that are not zero, the people due an invitation, and the files', () => {
    expect(
      outcome({
        ending: 'done',
        rows,
        errors: {},
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
warning weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)
Files in /runs/import-1/7c9e:
  results.csv  report.json`);
  });

  it('has the state of the invitations, and why they failed', () => {
    const failures = { '550': { count: 2, lines: [7, 9] } };
    const lines = outcome({
      ending: 'done',
      rows,
      errors: {},
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
        'Invitations that failed:',
        '  2  550  lines 7, 9',
        '          Correct the address in Kratos, or see the mail server’s log.',
      ]),
    );
  });

  it('is in another colour where rows are left out', () => {
    const summary = {
      ...{ ending: 'done' as const, errors: {}, leftAlone: {}, roleChanges: [], otherChanges: {} },
      ...{ invitations: NO_MAILS, warnings: [], files: [], folder: '/f' },
    };
    const tone = (counts: typeof rows) => renderOutcome({ ...summary, rows: counts })[0];
    expect(tone(rows)).toMatchObject({ tone: 'attention' });
    expect(tone({ ...rows, failed: 0 })).toMatchObject({ tone: 'success' });
  });

  it('of a dry run says that no user was imported or changed, what would happen, and which roles would change', () => {
    const live = { total: 6, would_create: 3, would_update: 2, unchanged: 1 };
    expect(
      outcome({
        ending: 'dry-run',
        rows: { ...none, ...live },
        errors: {},
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
Files in /f:`);
  });
});
