import { describe, expect, it } from 'vitest';
import type { ImportRequest } from '../../../../src/contract/import/input.js';
import { OUTCOMES } from '../../../../src/contract/import/outcomes.js';
import type { Report } from '../../../../src/contract/report.js';
import type { ImportState } from '../../../../workflows/import-users/state.js';
import { applyInvitationStatus } from '../../../../workflows/import-users/commands.js';
import { needsSomebodyAtItsEnd, standingOf } from '../../../../workflows/import-users/standing.js';
import { NOW, REF, runOf, SHA256 } from './runs.js';

const namesOf = (state: Partial<ImportState>): string[] =>
  standingOf(runOf(state)).occasions.map(({ what, reason }) => `${what} ${reason}`);

describe('operators should know of an import', () => {
  it.each<[what: string, state: Partial<ImportState>, names: string[]]>([
    ['nothing while it goes on', {}, []],
    [
      'that waits for approval',
      { phase: 'awaiting-approval', pendingApproval: 'canary' },
      ['awaiting-approval canary'],
    ],
    ['that was paused', { pausedBy: ['operator'] }, ['paused operator']],
    [
      'that is paused for several reasons',
      { pausedBy: ['failures', 'token'] },
      ['paused failures', 'paused token'],
    ],
    [
      'that is paused at an approval',
      { phase: 'awaiting-approval', pendingApproval: 'plan', pausedBy: ['operator'] },
      ['awaiting-approval plan', 'paused operator'],
    ],
    ['that holds its invitations', { phase: 'inviting', held: true }, ['invitations-held held']],
    ['no hold before its mails are due', { held: true }, []],
    ['no pause at its end', { phase: 'reporting', pausedBy: ['operator'] }, []],
    ['no pause after its end', { phase: 'done', pausedBy: ['failures'] }, []],
  ])('%s', (_what, state, names) => {
    expect(namesOf(state)).toEqual(names);
  });

  it.each<[what: string, state: Partial<ImportState>, isStalled: boolean]>([
    ['the chunks wait for a server', { stall: 'unavailable' }, true],
    ['the report waits for one', { phase: 'reporting', stall: 'unavailable' }, true],
    ['its preflight does', { phase: 'preflight' }, true],
    ['Kratos asks for less', { stall: 'overloaded' }, false],
    ['the token is refused, which pauses it', { stall: 'unauthorized' }, false],
    ['its mails wait', { phase: 'inviting', areMailsWaiting: true }, true],
    ['its mails have waited', { phase: 'reporting', areMailsWaiting: true }, false],
    ['all goes well', {}, false],
  ])('a stall, or none, while %s', (_what, state, isStalled) => {
    expect(standingOf(runOf(state)).isStalled).toBe(isStalled);
  });

  it('that its mails wait for a server, by the status of the invitations', () => {
    const run = runOf({ phase: 'inviting' });
    const counts = { sent: 1, failed: 0, none: 0, kept: 0 };
    const status = { runId: REF.runId, counts, notices: [], stopped: false, resumes: 0 };
    applyInvitationStatus(run, { ...status, awaitsToken: false, away: true }, NOW);
    expect(standingOf(run).isStalled).toBe(true);
    applyInvitationStatus(run, { ...status, awaitsToken: false, away: false }, NOW);
    expect(standingOf(run).isStalled).toBe(false);
    // It pauses the import.
    applyInvitationStatus(run, { ...status, awaitsToken: true, away: true }, NOW);
    expect(standingOf(run).isStalled).toBe(false);
  });
});

describe('operators are told of the end', () => {
  const rows = Object.fromEntries(
    [...OUTCOMES, 'total'].map((name) => [name, name === 'failed' ? 2 : 0]),
  ) as Report['rows'];
  const last = { run: REF, rows: 100, open: 2, startedAt: new Date(NOW).toISOString() };
  const taken = { file: 'users.csv', sha256: SHA256, last };
  const isTold = (state: Partial<ImportState>, request: Partial<ImportRequest> = {}) =>
    needsSomebodyAtItsEnd(runOf(state, request), { ending: 'done', rows });
  const ofSource = { mode: 'update', missing: { scope: 'hr' } } as const;

  it('of any run without a source, and of a source that has more open than the last time', () => {
    expect(isTold({})).toBe(true);
    expect(isTold({ taken }, ofSource)).toBe(false);
    expect(isTold({ taken: { ...taken, last: { ...last, open: 1 } } }, ofSource)).toBe(true);
    // Its first run is compared with nothing.
    expect(isTold({}, ofSource)).toBe(true);
    expect(isTold({ taken, undecidedChunks: [3] }, ofSource)).toBe(true);
  });
});
