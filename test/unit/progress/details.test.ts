import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeRoles, renderDetails } from '../../../src/progress/details.js';
import { formatNumber } from '../../../src/format.js';
import { liveDryRunOf, NO_ROWS, progressOf } from '../../support/progress.js';

const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

const LONG_ROLES = times(50, (i) => ({ from: `${'漢'.repeat(400)}${i}`, to: 'user', count: 1e9 }));
const LONG_SAMPLE = times(20, (line) => ({
  line,
  identityId: randomUUID(),
  fields: times(12, (i) => ({ path: `traits.${'漢'.repeat(400)}${i}`, from: 'user', to: 'admin' })),
}));

describe('the details in the Temporal UI', () => {
  it('say where the import is, how fast, and how to watch, steer and stop it', () => {
    const warnings = [
      'weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)',
    ];
    const plan = { roles: { admin: 3, user: 11_847 }, warnings };
    const notices = [{ at: '2026-11-02T10:00:00.000Z', text: 'Kratos does not answer.' }];
    expect(renderDetails(progressOf({ plan, notices }), 'import-1')).toBe(`**Importing**

4,500 of 12,000 rows (37 %), 123 a second, 1 min 1 s to go

created **4,000** · updated **0** · unchanged **0** · skipped **300** · left alone **0** · failed **50** · invalid **150**

Chunks: 9 of 24 done, 5 in flight (at most 5). Existing users: skip.

- 2026-11-02 10:00:00 UTC: Kratos does not answer.

**Plan**: users by role: admin 3, user 11,847

- weak_password: column "initial_password": passwords shorter than 8 characters: 2 rows (lines 2, 4)

From a shell:

- watch it: \`user-import watch import-1\`
- row by row, so far: \`user-import results import-1\`
- pause it: \`user-import pause import-1\`
- existing users: \`user-import mode import-1 update\`
- chunks in flight: \`user-import concurrency import-1 5\`
- stop it: \`user-import cancel import-1\`

\u00a0`);
  });

  it('say of a source who is not in the file, and what became of them', () => {
    const leavers = {
      ...{ total: 12, done: 3, deactivated: 2, deleted: 0 },
      ...{ reported: 0, left_alone: 0, failed: 1 },
    };
    const source = { name: 'hr', scope: 2000, told: 1, leavers, adoptable: 0, settled: 1980 };
    const rows = { ...progressOf().rows, deactivated: 1 };
    const text = renderDetails(progressOf({ phase: 'leavers', source, rows }), 'i');
    expect(text).toMatch(/^\*\*Dealing with users who are not in the file any more\*\*\n/);
    expect(text).toContain(
      'Source hr: 2,000 users who can sign in, 1,980 rows unchanged since its last run, 1 told by their row to leave, 12 users not in the file (3 done: deactivated 2, failed 1).',
    );
    expect(text).toContain('deactivated **1** · failed');
    expect(text).not.toContain('deleted');
    const waits = { ...progressOf({ phase: 'awaiting-approval', source, rows: NO_ROWS }) };
    expect(renderDetails(waits, 'i')).toContain('`user-import results i`');
    const unchanged = { ...source, unchanged: true as const };
    expect(renderDetails(progressOf({ source: unchanged }), 'i')).toContain(
      'Source hr: the file is that of its last run.',
    );
  });

  it('say nothing of rows before they are known, and of pace after the import', () => {
    expect(renderDetails(progressOf({ phase: 'preflight', rows: NO_ROWS }), 'i')).not.toMatch(
      /rows|Plan/,
    );
    expect(renderDetails(progressOf({ phase: 'reporting' }), 'i')).not.toContain('to go');
    expect(renderDetails(progressOf({ ratePerSecond: 0.25, etaSeconds: null }), 'i')).toContain(
      '(37 %), 0.3 a second\n',
    );
  });

  it('lead nowhere by a name that a column has', () => {
    const warnings = [
      'unknown_column: column "email [approve](https://evil.example.com)" is ignored',
    ];
    const plan = { ...progressOf().plan, warnings };
    expect(renderDetails(progressOf({ plan }), 'import-1')).toContain('[approve] (https://evil');
  });

  it('say in their first words that it is paused, and how to go on', () => {
    const text = renderDetails(progressOf({ paused: true, mode: 'update' }), 'import-1');
    expect(text).toMatch(/^\*\*PAUSED — Importing\*\*\n/);
    expect(text).toContain('- go on: `user-import resume import-1`');
    expect(text).toContain('- existing users: `user-import mode import-1 skip`');
    expect(text).not.toContain('user-import pause');
  });

  it('waiting for approval say so, and how to go on; paused there, both', () => {
    const waiting = { phase: 'awaiting-approval' as const, ratePerSecond: null, etaSeconds: null };
    const text = renderDetails(progressOf(waiting), 'import-1');
    expect(text).toMatch(/^\*\*Waiting for approval\*\*\n/);
    expect(text).toContain('- go on: `user-import approve import-1`');
    expect(text).toContain('- pause it: `user-import pause import-1`');
    const paused = renderDetails(progressOf({ ...waiting, paused: true }), 'import-1');
    expect(paused).toMatch(/^\*\*PAUSED — Waiting for approval\*\*\n/);
    expect(paused).toMatch(/approve import-1`\n- go on: `user-import resume import-1`/);
  });

  it('say first whose role changes, and which fields of some rows, while an approval is waited for', () => {
    const identityId = '5b2f7a52-0c4f-4a9e-8d1a-6a0e6d7f9b11';
    const name = { path: 'traits.name.first' };
    const role = { path: 'traits.role', from: 'user', to: 'admin' };
    const waiting = progressOf({
      ...{ phase: 'awaiting-approval', mode: 'update', ratePerSecond: null, etaSeconds: null },
      plan: {
        roles: { admin: 9, user: 3 },
        tenants: { distinct: 122, rows: { globex: 3, acme: 9, '(none)': 1 } },
        warnings: [],
        updates: 'Existing users known so far: 12; 12 would be updated.',
        roleChanges: [{ from: 'user', to: 'admin', count: 12 }],
        sample: [{ line: 1203, identityId, fields: [role, name], more: 2 }],
      },
      roleChanges: [{ from: 'support', to: 'user', count: 1 }],
      sample: [{ line: 3, identityId, fields: [name] }],
    });
    const text = renderDetails(waiting, 'i');
    expect(text).toMatch(
      /^\*\*Waiting for approval\*\*\n\n\*\*1 user got another role: support -> user 1\.\*\*\n\n\*\*Known so far of the whole file: 12 users would get another role: user -> admin 12\.\*\*\n\n4,500 of/,
    );
    expect(text).toContain('Users by tenant: acme 9, globex 3, (none) 1, and 120 more\n');
    expect(text).toContain(`Changed, of some rows:

- line 3, \`${identityId}\`: traits.name.first

Would change, of some rows known so far:

- line 1,203, \`${identityId}\`: traits.role user -> admin, traits.name.first, and 2 more
`);
    const importing = renderDetails({ ...waiting, phase: 'importing' }, 'i');
    expect(importing).toContain('1 user got another role');
    expect(importing).not.toMatch(/Known so far of|line 1,203/);
  });

  it('say that fewer chunks are in flight than wanted, and how many invitations are due', () => {
    const chunks = { total: 24, done: 9, inFlight: 2, allowed: 2 };
    const invitations = { ...progressOf().invitations, due: 1234 };
    expect(renderDetails(progressOf({ chunks, invitations }), 'i')).toContain(
      'Chunks: 9 of 24 done, 2 in flight (at most 2, of 5 wanted). Existing users: skip.\n\nInvitations: 0 of 1,234 sent, at most 60 a minute.',
    );
  });

  it('say that invitations are held, and how to send them', () => {
    const invitations = { ...progressOf().invitations, due: 12, held: true };
    const held = progressOf({ phase: 'inviting', invitations });
    const text = renderDetails(held, 'i');
    expect(text).toMatch(/^\*\*HELD — Sending invitations\*\*\n/);
    expect(text).toContain('Invitations: 0 of 12 sent, the others held.');
    expect(text).toContain('- send the invitations: `user-import release-invitations i`');
    expect(renderDetails({ ...held, paused: true }, 'i')).toMatch(/^\*\*PAUSED — HELD — /);
  });

  it('of a live dry run say what would happen, and that nothing is changed', () => {
    const text = renderDetails(liveDryRunOf(), 'i');
    expect(text).toMatch(/^\*\*Dry run: asking Kratos about every row; nothing is changed\*\*/);
    expect(text).toContain('would create **40** · would update **12** · would skip **7**');
    expect(renderDetails(progressOf(), 'i')).not.toContain('would');
  });

  it('offer no command without effect: no steering of a report, only what comes next after the end', () => {
    const reporting = renderDetails(progressOf({ phase: 'reporting' }), 'i');
    expect(reporting).not.toMatch(/pause|resume|mode|concurrency/);
    expect(reporting).toContain('user-import cancel i');
    const steps = [{ what: 'Show the report', command: 'user-import report i' }];
    const end = { title: 'Done. 4 users created.', steps };
    const done = renderDetails(progressOf({ phase: 'done' }), 'i', end);
    expect(done.match(/`user-import .*?`/g)).toEqual(['`user-import report i`']);
  });

  it('of an import that has ended say what came of it, where its files are, and what comes next', () => {
    const text = renderDetails(progressOf({ phase: 'done' }), 'i', {
      title: 'Failed. Nobody was imported.',
      failure: `Something [is](https://example.com) wrong: ${'x'.repeat(9_000)}`,
      left: [{ folder: '/runs/i/1', files: ['report.html', 'rejects.csv'] }],
      steps: [{ what: 'Import what is missing', command: 'user-import start FILE' }],
    });
    expect(text).toMatch(
      /^\*\*Failed\. Nobody was imported\.\*\*\n\nSomething \[is\] \(https:\/\/example\.com\) wrong: x+…\n\n/,
    );
    expect(text).toContain('In `/runs/i/1` of the workers: report.html, rejects.csv.');
    expect(text).toContain('- Import what is missing: `user-import start FILE`');
    expect(text.length).toBeLessThan(4_000);
  });

  it('never say 100 % before the last row', () => {
    const rows = { ...progressOf().rows, total: 1000, done: 999 };
    expect(renderDetails(progressOf({ rows }), 'i')).toContain('(99 %)');
  });

  it.each([
    [
      'warnings',
      {
        plan: {
          roles: {},
          warnings: times(900, (i) => `unknown_column: column "${'c'.repeat(60)}${i}" is ignored`),
        },
      },
    ],
    [
      'roles',
      {
        plan: {
          roles: Object.fromEntries(times(900, (i) => [`role-${'r'.repeat(60)}-${i}`, i])),
          warnings: [],
        },
      },
    ],
    [
      'notices',
      {
        notices: times(50, (i) => ({
          at: '2026-11-02T10:00:00.000Z',
          text: `${i} ${'é'.repeat(2000)}`,
        })),
      },
    ],
    [
      'warnings, roles, tenants, changes and notices of a paused live dry run that waits for approval',
      {
        ...liveDryRunOf({ phase: 'awaiting-approval', paused: true, concurrency: 50 }),
        plan: {
          roles: Object.fromEntries(times(100, (i) => [`${'漢'.repeat(400)}${i}`, 1e9])),
          tenants: {
            distinct: 1e9,
            rows: Object.fromEntries(times(100, (i) => [`${'漢'.repeat(400)}${i}`, 1e9])),
          },
          warnings: times(100, () => '漢'.repeat(400)),
          roleChanges: LONG_ROLES,
          sample: LONG_SAMPLE,
        },
        roleChanges: LONG_ROLES,
        sample: LONG_SAMPLE,
        notices: times(50, () => ({ at: '2026-11-02T10:00:00.000Z', text: '漢'.repeat(400) })),
      },
    ],
  ])(
    'stay below the 20,000 bytes that Temporal takes, however many %s there are',
    (_what, keys) => {
      expect(Buffer.byteLength(renderDetails(progressOf(keys), 'x'.repeat(200)))).toBeLessThan(
        20_000,
      );
    },
  );

  it('keep the latest notices', () => {
    const notices = times(50, (i) => ({ at: 'then', text: `notice ${i}.` }));
    const text = renderDetails(progressOf({ notices }), 'i');
    expect(text).toContain('notice 49.');
    expect(text).not.toContain('notice 0.');
  });
});

describe('numbers and roles', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('%i is written %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('say also that no row is valid', () => {
    expect(describeRoles({})).toBe('no valid rows');
  });
});
