import { describe, expect, it, vi } from 'vitest';
import { createNoticeFeed } from '../../../src/cli/new-notices.js';
import type { Progress } from '../../../src/contract/import/progress.js';
import { textsOf } from '../../support/lines.js';
import { NO_ROWS, progressOf } from '../../support/progress.js';

const notice = (second: number, text: string) => ({ at: `2026-11-02T10:00:0${second}.000Z`, text });

describe('the new lines of a watched import', () => {
  it('are its notices, each once, in the order in which they came', () => {
    const newLines = createNoticeFeed('import-1');
    const [a, b, c] = [notice(1, 'A.'), notice(1, 'B.'), notice(2, 'C.')];
    expect(newLines(progressOf())).toEqual([]);
    expect(newLines(progressOf({ notices: [a, b] }))).toEqual([
      'notice 2026-11-02 10:00:01 UTC: A.',
      'notice 2026-11-02 10:00:01 UTC: B.',
    ]);
    expect(newLines(progressOf({ notices: [a, b] }))).toEqual([]);
    expect(newLines(progressOf({ notices: [b, c] }))).toEqual([
      'notice 2026-11-02 10:00:02 UTC: C.',
    ]);
  });

  it('have the time of today without its date, and no notice again after midnight', () => {
    vi.useFakeTimers({ now: new Date('2026-11-02T23:59:59Z') });
    try {
      const newLines = createNoticeFeed('import-1');
      const held = notice(1, 'Held: releaseInvitations sends them.');
      expect(newLines(progressOf({ notices: [held] }))).toEqual([
        'notice 10:00:01 UTC: Held: release-invitations sends them.',
      ]);
      vi.setSystemTime(new Date('2026-11-03T00:00:01Z'));
      expect(newLines(progressOf({ notices: [held] }))).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('have no notice that was seen before they were watched', () => {
    const [asked, approved] = [notice(1, 'Approve it to go on.'), notice(2, 'Approved.')];
    const newLines = createNoticeFeed('undo-1', [asked]);
    expect(newLines(progressOf({ notices: [asked, approved] }))).toEqual([
      'notice 2026-11-02 10:00:02 UTC: Approved.',
    ]);
  });

  it('have a repeated notice once, and again after another notice', () => {
    const newLines = createNoticeFeed('import-1');
    newLines(progressOf({ notices: [notice(1, 'Kratos does not answer.')] }));
    expect(newLines(progressOf({ notices: [notice(2, 'Kratos does not answer.')] }))).toEqual([]);
    const later = [notice(3, 'Kratos does not answer.'), notice(4, 'It works again.')];
    expect(newLines(progressOf({ notices: later }))).toEqual([
      'notice 2026-11-02 10:00:04 UTC: It works again.',
    ]);
    expect(
      newLines(progressOf({ notices: [...later, notice(5, 'Kratos does not answer.')] })),
    ).toEqual(['notice 2026-11-02 10:00:05 UTC: Kratos does not answer.']);
  });

  it('are, before an approval is asked for, whom and what it would change, once', () => {
    const newLines = createNoticeFeed('import-1');
    const identityId = '5b2f7a52-0c4f-4a9e-8d1a-6a0e6d7f9b11';
    const role = { path: 'traits.role', from: 'user', to: 'admin' };
    const waiting = progressOf({
      phase: 'awaiting-approval',
      rows: { ...NO_ROWS, total: 12 },
      plan: {
        roles: { admin: 12 },
        tenants: { distinct: 1, rows: { acme: 12 } },
        warnings: [],
        roleChanges: [{ from: 'user', to: 'admin', count: 12 }],
        sample: Array.from({ length: 9 }, (_, i) => ({ line: i + 2, identityId, fields: [role] })),
      },
    });
    const lines = textsOf(newLines(waiting));
    expect(lines.slice(0, 6)).toEqual([
      'Known so far of the whole file: 12 users would get another role: user -> admin 12.',
      'users by role: admin 12',
      'users by tenant: acme 12',
      'Would change, of some rows known so far:',
      `  line 2, identity ${identityId}`,
      '    traits.role user -> admin',
    ]);
    expect(lines.filter((line) => line.includes('identity'))).toHaveLength(5);
    expect(lines).toContain('Waiting for approval.');
    expect(newLines(waiting)).toEqual([]);
  });

  it('are how to go on, each time that the import begins to wait', () => {
    const newLines = createNoticeFeed('import-1');
    const paused = ['Paused: nothing new starts.', '  go on:  user-import resume import-1'];
    const texts = (keys: Partial<Progress>) => textsOf(newLines(progressOf(keys)));
    expect(texts({ paused: true })).toEqual(paused);
    expect(texts({ paused: true })).toEqual([]);
    expect(texts({ paused: true, phase: 'awaiting-approval' })).toEqual([
      'users by role: admin 3, user 11,847',
      'Waiting for approval.',
      '  go on:       user-import approve import-1',
      '  stop it:     user-import cancel import-1',
      '  row by row:  user-import results import-1',
      ...paused,
    ]);
    expect(texts({})).toEqual([]);
    expect(texts({ paused: true })).toEqual(paused);
  });
});
