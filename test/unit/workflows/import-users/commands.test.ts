import { describe, expect, it } from 'vitest';
import type { Command } from '../../../../src/contract/import/commands.js';
import type { Mode } from '../../../../src/contract/import/input.js';
import type { InvitationStatus } from '../../../../src/contract/invitations.js';
import type { Stall } from '../../../../src/contract/status.js';
import {
  applyCommand,
  applyInvitationStatus,
  applyStall,
  checkCommand,
} from '../../../../workflows/import-users/commands.js';
import type { ImportRun, ImportState } from '../../../../workflows/import-users/state.js';
import { eventsOf, NOW, REF, runOf, SHA256, textsOf, portionOf } from './runs.js';

function applied(command: Command, state: Partial<ImportState> = {}): ImportState {
  const run = runOf(state);
  applyCommand(run.state, command, NOW);
  return run.state;
}

describe('a command is refused', () => {
  it.each([
    ['pause', undefined, {}, true, 'pause: the import is being cancelled.'],
    [
      'resume',
      undefined,
      { phase: 'reporting' },
      false,
      'resume: the import is writing its report.',
    ],
    ['approve', undefined, {}, false, 'approve: nothing waits for approval.'],
    ['releaseInvitations', undefined, {}, false, 'releaseInvitations: no invitations are held.'],
    ['setMode', 'none', {}, true, 'setMode: got "none"; allowed: "skip" or "update".'],
  ] as const)('%s', (name, argument, state, isCancelled, refusal) => {
    const checked = checkCommand(runOf(state).state, name, argument, isCancelled);
    expect(checked).toEqual({ ok: false, refusal });
  });
});

describe('a command is taken', () => {
  it.each([
    ['pause', undefined, {}, { name: 'pause' }],
    ['approve', undefined, { pendingApproval: 'plan' }, { name: 'approve' }],
    ['releaseInvitations', undefined, { held: true }, { name: 'releaseInvitations' }],
    ['setConcurrency', 9, {}, { name: 'setConcurrency', value: 9 }],
  ] as const)('%s', (name, argument, state, command) => {
    const checked = checkCommand(runOf(state).state, name, argument, false);
    expect(checked).toEqual({ ok: true, command });
  });
});

describe('pause and resume', () => {
  it('a pause is noted once', () => {
    const state = applied({ name: 'pause' });
    applyCommand(state, { name: 'pause' }, NOW + 1);
    expect(state.pausedBy).toEqual(['operator']);
    expect(eventsOf(state)).toEqual([
      'operator: Paused: nothing new starts, what is in flight finishes. Go on with resume.',
    ]);
  });

  it('a resume ends every pause, and counts failures and the rate anew', () => {
    const sinceResume = { processed: 100, failed: 50 };
    const state = applied({ name: 'resume' }, { pausedBy: ['operator', 'failures'], sinceResume });
    expect(state).toMatchObject({
      ...{ pausedBy: [], resumes: 1, sinceResume: { processed: 0, failed: 0 } },
      samples: [{ at: NOW, done: 0 }],
    });
    expect(eventsOf(state)).toEqual(['operator: Resumed.']);
  });

  it('a resume of an import that is not paused does nothing', () => {
    expect(applied({ name: 'resume' })).toMatchObject({ resumes: 0, notices: [] });
  });
});

describe('the other commands', () => {
  it.each(['plan', 'canary'] as const)('approve lets the import go on after the %s', (approval) => {
    const waiting = { phase: 'awaiting-approval', pendingApproval: approval } as const;
    const state = applied({ name: 'approve' }, waiting);
    expect(state).toMatchObject({ phase: 'importing', approved: [approval] });
    expect(state.pendingApproval).toBeUndefined();
    expect(eventsOf(state)).toEqual([
      `operator: Approved: the import goes on after the ${approval}. The file's SHA-256 is ${SHA256}.`,
    ]);
  });

  it.each([
    ['adoption', 'users of no source are taken into this one.', ['adoption', 'mode', 'leavers']],
    ['leavers', 'whoever is not in the file leaves.', ['leavers', 'mode']],
    ['plan', 'the import goes on after the plan.', ['plan', 'mode', 'adoption', 'leavers']],
  ] as const)('approve of the %s of a source says what it approves', (approval, text, approved) => {
    const waiting = { phase: 'awaiting-approval', pendingApproval: approval } as const;
    const update = { mode: 'update', approvalMode: 'update' } as const;
    const state = applied({ name: 'approve' }, { ...waiting, ...update });
    expect(state.approved).toEqual(approved);
    expect(eventsOf(state)).toEqual([
      `operator: Approved: ${text} The file's SHA-256 is ${SHA256}.`,
    ]);
  });

  it('an approval that was asked for in update mode covers the updates', () => {
    const waiting = { phase: 'awaiting-approval', pendingApproval: 'plan' } as const;
    const approved = (approvalMode: Mode) =>
      applied({ name: 'approve' }, { ...waiting, mode: 'update', approvalMode }).approved;
    expect(approved('update')).toEqual(expect.arrayContaining(['plan', 'mode']));
    // Asked for when existing users were to be skipped, it does not.
    expect(approved('skip')).toEqual(['plan']);
  });

  it('approve lets the import update existing users', () => {
    const state = applied(
      { name: 'approve' },
      {
        ...({
          phase: 'awaiting-approval',
          pendingApproval: 'mode',
          approvalMode: 'update',
        } as const),
        ...{ mode: 'update', approved: ['plan'] },
      },
    );
    expect(state).toMatchObject({ phase: 'importing', approved: ['plan', 'mode'] });
    expect(eventsOf(state)).toEqual([
      'operator: Approved: existing users are updated from now on.',
    ]);
  });

  it('skip takes the question back whether to update existing users, and no other', () => {
    const waiting = { phase: 'awaiting-approval', mode: 'update' } as const;
    const skip = { name: 'setMode', value: 'skip' } as const;
    const mode = applied(skip, { ...waiting, pendingApproval: 'mode', approved: ['plan'] });
    expect(mode).toMatchObject({ phase: 'importing', mode: 'skip', approved: ['plan'] });
    expect(mode.pendingApproval).toBeUndefined();
    const plan = applied(skip, { ...waiting, pendingApproval: 'plan' });
    expect(plan).toMatchObject({ phase: 'awaiting-approval', pendingApproval: 'plan' });
  });

  it.each([
    [{ name: 'releaseInvitations' }, { held: false }, 'Invitations are released.'],
    [
      { name: 'setMode', value: 'update' },
      { mode: 'update' },
      'Existing users: update, from the next chunk on.',
    ],
    [{ name: 'setConcurrency', value: 9 }, { concurrency: 9 }, 'Chunks in flight: 9 at most.'],
    [
      { name: 'setEmailRate', value: 9 },
      { perMinute: 9 },
      'Invitations: 9 mails a minute at most.',
    ],
  ] as [Command, Partial<ImportState>, string][])('%j', (command, changed, text) => {
    const state = applied(command, { held: true });
    expect(state).toMatchObject(changed);
    expect(eventsOf(state)).toEqual([`operator: ${text}`]);
  });

  it('show in the history of the mails, once these are on their way', () => {
    expect(applied({ name: 'pause' }).mailsHistory.points).toEqual([]);
    const { mailsHistory } = applied({ name: 'pause' }, { phase: 'inviting' });
    expect(mailsHistory.points).toEqual([{ at: NOW, sent: 0, failed: 0 }]);
  });
});

describe('a stall', () => {
  const atWork = (state: Partial<ImportState> = {}): ImportRun => {
    const run = runOf(state);
    run.inFlight.add(portionOf(1));
    return run;
  };
  const stall = (run: ImportRun, kind: Stall, text = 'Why.', now = NOW) =>
    applyStall(run, { runId: REF.runId, kind, text }, now);

  it('of another run, or after all chunks have ended, is ignored', () => {
    const [other, late] = [atWork(), runOf()];
    applyStall(other, { runId: 'run-0', kind: 'unavailable', text: 'Why.' }, NOW);
    stall(late, 'unavailable');
    for (const { state } of [other, late]) expect(state).toMatchObject({ notices: [] });
    expect([other.state.stall, late.state.stall]).toEqual([undefined, undefined]);
  });

  it.each([
    ['validating', 'unauthorized', 'unauthorized'],
    ['reporting', 'unavailable', 'unavailable'],
    ['inviting', 'unavailable', 'unavailable'],
    ['inviting', 'unauthorized', undefined],
  ] as const)('without a chunk in flight, while %s: %s', (phase, kind, expected) => {
    const run = runOf({ phase });
    stall(run, kind);
    expect(run.state.stall).toBe(expected);
  });

  it('for too much load halves the chunks in flight, and is an event only the first time', () => {
    const run = atWork({ concurrency: 8 });
    stall(run, 'overloaded', 'Kratos answered 429.');
    stall(run, 'overloaded', 'Kratos answered 429.', NOW + 1000);
    stall(run, 'overloaded', 'Kratos answered 503.', NOW + 10_000);
    const first = 'Kratos answered 429. Slowing down: chunks in flight at most 4, before 8.';
    expect(textsOf(run.state)).toEqual([
      first,
      'Kratos answered 503. Slowing down: chunks in flight at most 2, before 4.',
    ]);
    expect(eventsOf(run.state)).toEqual([`import: ${first}`]);
    expect(run.state).toMatchObject({ stall: 'overloaded', pausedBy: [] });
  });

  it('for too much load leaves a worse stall', () => {
    const run = atWork({ stall: 'unauthorized' });
    stall(run, 'overloaded');
    expect(run.state.stall).toBe('unauthorized');
  });

  it('for the token pauses the import', () => {
    const run = atWork();
    stall(run, 'unauthorized', 'Kratos refuses the token.');
    stall(run, 'unauthorized', 'Kratos refuses the token.', NOW + 1);
    expect(run.state).toMatchObject({ stall: 'unauthorized', pausedBy: ['token'] });
    expect(eventsOf(run.state)).toEqual(['import: Paused. Kratos refuses the token.']);
    expect(textsOf(run.state)).toEqual([
      'Paused. Kratos refuses the token.',
      'Kratos refuses the token.',
    ]);
  });

  it('for a server that is away pauses nothing, and each text of it is a notice', () => {
    const run = atWork();
    stall(run, 'unavailable', 'One.');
    stall(run, 'unavailable', 'Two.');
    expect(run.state.pausedBy).toEqual([]);
    expect(eventsOf(run.state)).toEqual(['import: One.']);
    expect(textsOf(run.state)).toEqual(['One.', 'Two.']);
  });
});

describe('the status of the invitations', () => {
  const STATUS: InvitationStatus = {
    runId: REF.runId,
    counts: { sent: 3, failed: 1, none: 0, kept: 0 },
    notices: [],
    stopped: false,
    awaitsToken: false,
    resumes: 0,
  };
  const after = (status: Partial<InvitationStatus>, state: Partial<ImportState> = {}) => {
    const run = runOf({ phase: 'inviting', ...state });
    applyInvitationStatus(run, { ...STATUS, ...status }, NOW);
    return run.state;
  };

  it('brings counts and notices', () => {
    const state = after({ notices: ['Invitations go out again.'] });
    expect(state.invited.sent).toBe(3);
    expect(eventsOf(state)).toEqual(['import: Invitations go out again.']);
  });

  it('of another run is ignored', () => {
    expect(after({ runId: 'run-0' }).invited.sent).toBe(0);
  });

  it('pauses the import for the token, and ends that pause', () => {
    const state = after({ awaitsToken: true });
    expect(state.pausedBy).toEqual(['token']);
    expect(after({}, { pausedBy: ['token'], stall: 'unavailable' })).toMatchObject({
      pausedBy: [],
      notices: [{ text: 'It works again; the import goes on.' }],
    });
  });

  it.each([
    [2, ['invitations']],
    [1, []],
  ])('pauses the import when they stopped, but not from before a resume: %i', (resumes, by) => {
    expect(after({ stopped: true, resumes }, { resumes: 2 }).pausedBy).toEqual(by);
  });
});
