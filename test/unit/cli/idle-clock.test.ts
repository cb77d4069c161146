import { describe, expect, it } from 'vitest';
import { createIdleClock } from '../../../src/cli/idle-clock.js';
import { NO_ROWS, progressOf } from '../../support/progress.js';

const invitations = { due: 9, sent: 1, failed: 0, perMinute: 60, held: false };

describe('how long nothing has moved', () => {
  it('is told after a minute, and no more once a row is done', () => {
    const idle = createIdleClock();
    expect(idle(progressOf(), undefined, 0)).toBeUndefined();
    expect(idle(progressOf(), undefined, 59_000)).toBeUndefined();
    expect(idle(progressOf(), undefined, 61_000)).toBe(61);
    const rows = { ...NO_ROWS, total: 12_000, done: 4501 };
    expect(idle(progressOf({ rows }), undefined, 62_000)).toBeUndefined();
  });

  it('is told later of mails, whose reports come less and less often', () => {
    const idle = createIdleClock();
    const inviting = progressOf({ phase: 'inviting', invitations });
    idle(inviting, undefined, 0);
    expect(idle(inviting, undefined, 300_000)).toBeUndefined();
    expect(idle(inviting, undefined, 400_000)).toBe(400);
  });

  it.each([
    ['is paused', { paused: true }],
    ['waits for approval', { phase: 'awaiting-approval' }],
    ['holds its mails', { phase: 'inviting', invitations: { ...invitations, held: true } }],
    ['writes its report', { phase: 'reporting' }],
  ] as const)('is not told of an import that %s', (_, keys) => {
    const idle = createIdleClock();
    idle(progressOf(keys), undefined, 0);
    expect(idle(progressOf(keys), undefined, 3_600_000)).toBeUndefined();
  });

  it('counts the rows that validation reads', () => {
    const idle = createIdleClock();
    const validating = progressOf({ phase: 'validating', rows: NO_ROWS });
    idle(validating, 1000, 0);
    expect(idle(validating, 2000, 70_000)).toBeUndefined();
    expect(idle(validating, 2000, 140_000)).toBe(70);
  });
});
