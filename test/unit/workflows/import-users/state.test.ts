import { describe, expect, it } from 'vitest';
import {
  allowedChunks,
  awaitApproval,
  beginChunks,
  beginInvitations,
  endStall,
  hasInvitations,
  invitationControl,
  newState,
  nextStep,
  recordApproval,
  recordPortion,
  recordLostPortion,
  recordMails,
} from '../../../../workflows/import-users/state.js';
import type { ImportRequest } from '../../../../src/contract/import/input.js';
import type { PendingApproval } from '../../../../src/contract/status.js';
import { decrease, NO_LIMIT } from '../../../../src/flow-control/aimd.js';
import { chunkOf, eventsOf, findingsOf, NOW, runOf, SHA256, textsOf, portionOf } from './runs.js';

const GOING_ON = { hasFailed: false, continueAsNewSuggested: false };
const FAILED = { hasFailed: true, continueAsNewSuggested: false };
const LONG = { hasFailed: false, continueAsNewSuggested: true };

describe('a new import', () => {
  it('has the settings of its input, and can be carried as JSON', () => {
    const { input } = runOf({}, { mode: 'update', concurrency: 7, invitations: { send: 'hold' } });
    const state = newState(input, new Date(NOW));
    expect(state).toMatchObject({
      ...{ phase: 'preflight', startedAt: '2026-11-02T10:00:00.000Z' },
      ...{ mode: 'update', concurrency: 7, perMinute: 60, held: true },
    });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});

describe('the next step', () => {
  it('is the start of a chunk while fewer are in flight than are allowed', () => {
    const run = runOf({ concurrency: 2 });
    expect(nextStep(run, GOING_ON)).toBe('chunk');
    run.inFlight.add(portionOf(1));
    expect(nextStep(run, GOING_ON)).toBe('chunk');
    run.inFlight.add(portionOf(2));
    expect(nextStep(run, GOING_ON)).toBeUndefined();
  });

  it('is the record of the start before the first chunk', () => {
    expect(nextStep(runOf({ started: undefined }), GOING_ON)).toBe('begin');
  });

  it('is nothing while the import is paused', () => {
    expect(nextStep(runOf({ pausedBy: ['operator'] }), GOING_ON)).toBeUndefined();
  });

  it.each([
    ['after the last chunk', { nextChunk: 11 }, GOING_ON, 'over'],
    ['after a failure', {}, FAILED, 'over'],
    ['with a long history', {}, LONG, 'continue-as-new'],
    ['with a long history, paused', { pausedBy: ['operator' as const] }, LONG, 'continue-as-new'],
  ])('%s waits for the chunks in flight', (_, state, window, step) => {
    const run = runOf(state);
    run.inFlight.add(portionOf(1));
    expect(nextStep(run, window)).toBeUndefined();
    run.inFlight.clear();
    expect(nextStep(run, window)).toBe(step);
  });

  it('is the approval of the plan, where one is required, once', () => {
    const run = runOf({}, { approval: 'required' });
    expect(nextStep(run, GOING_ON)).toBe('plan');
    awaitApproval(run, 'plan', NOW);
    expect(run.state.phase).toBe('awaiting-approval');
    expect(eventsOf(run.state)).toEqual([
      `import: The plan is ready; nobody has been created or changed yet. Approve it to go on. The file's SHA-256 is ${SHA256}.`,
    ]);
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    expect(nextStep(run, LONG)).toBe('continue-as-new');
    recordApproval(run.state);
    expect(nextStep(run, GOING_ON)).toBe('chunk');
  });

  it('is the approval also of a paused import', () => {
    const run = runOf({ pausedBy: ['operator'] }, { approval: 'required' });
    expect(nextStep(run, GOING_ON)).toBe('plan');
  });

  it('is the approval of the canary rows, once their chunks have ended', () => {
    const findings = findingsOf({ canaryChunks: 2 });
    const run = runOf({ findings, nextChunk: 2 }, { canaryRows: 150 });
    expect(nextStep(run, GOING_ON)).toBe('chunk');
    run.state.nextChunk = 3;
    run.inFlight.add(portionOf(2));
    expect(nextStep(run, GOING_ON)).toBeUndefined();
    run.inFlight.clear();
    expect(nextStep(run, GOING_ON)).toBe('canary');
    awaitApproval(run, 'canary', NOW);
    expect(textsOf(run.state)[0]).toContain('The first 150 rows are done.');
    recordApproval(run.state);
    expect(nextStep(run, GOING_ON)).toBe('chunk');
  });

  describe('with known users', () => {
    const findings = findingsOf({ canaryChunks: 1 });
    const request = { canaryRows: 100, canarySignIns: 'known.json' };

    it('is their sign-in before the approval of the canary rows, once, and the approval tells of it', () => {
      const run = runOf({ findings, nextChunk: 2 }, request);
      run.inFlight.add(portionOf(1));
      expect(nextStep(run, GOING_ON)).toBeUndefined();
      run.inFlight.clear();
      expect(nextStep(run, GOING_ON)).toBe('signIns');
      run.state.knownUsers = { total: 3, wrong: [3], others: [], leftOpen: [] };
      expect(nextStep(run, GOING_ON)).toBe('canary');
      awaitApproval(run, 'canary', NOW);
      expect(textsOf(run.state)).toEqual([
        'The first 100 rows are done. 2 of 3 known users signed in; wrong password or unknown: number 3. Do not approve before you know why. Look at what came of them, then approve to go on with the others.',
      ]);
      expect(nextStep(run, GOING_ON)).toBeUndefined();
      recordApproval(run.state);
      expect(nextStep(run, GOING_ON)).toBe('chunk');
    });

    it('is not their sign-in before the approval of the plan, nor where no row is left', () => {
      const plan = runOf({ findings }, { ...request, approval: 'required' });
      expect(nextStep(plan, GOING_ON)).toBe('plan');
      const whole = runOf({ findings: { ...findings, chunks: 1 }, nextChunk: 2 }, request);
      expect(nextStep(whole, GOING_ON)).toBe('over');
    });
  });

  describe('after an approval that did not tell of updates', () => {
    const switched = (approved: PendingApproval[], request: Partial<ImportRequest>) => {
      const run = runOf({ approved, nextChunk: 3 }, request);
      run.state.mode = 'update';
      return run;
    };

    it.each<[PendingApproval, Partial<ImportRequest>]>([
      ['plan', { approval: 'required' }],
      ['canary', { canaryRows: 100 }],
    ])('of the %s, is one more approval, once', (approval, request) => {
      const run = switched([approval], request);
      run.inFlight.add(portionOf(2));
      expect(nextStep(run, GOING_ON)).toBeUndefined();
      run.inFlight.clear();
      expect(nextStep(run, GOING_ON)).toBe('mode');
      awaitApproval(run, 'mode', NOW);
      expect(textsOf(run.state)).toEqual([
        'Existing users are to be updated, which was not approved. What would change of existing users, a live dry run tells. Approve it to go on, or set the mode back to skip.',
      ]);
      expect(nextStep(run, GOING_ON)).toBeUndefined();
      recordApproval(run.state);
      expect(run.state).toMatchObject({ phase: 'importing', approved: [approval, 'mode'] });
      expect(nextStep(run, GOING_ON)).toBe('chunk');
    });

    it('is none where no approval was wanted, or the first one told of them', () => {
      expect(nextStep(switched([], {}), GOING_ON)).toBe('chunk');
      const told = switched(['plan', 'mode'], { approval: 'required' });
      expect(nextStep(told, GOING_ON)).toBe('chunk');
    });

    it('is none once the last chunk has started', () => {
      const run = switched(['plan'], { approval: 'required' });
      run.state.nextChunk = 11;
      expect(nextStep(run, GOING_ON)).toBe('over');
    });

    it('waits for the canary rows to be approved first', () => {
      const run = switched(['plan'], { approval: 'required', canaryRows: 100 });
      run.state.findings = findingsOf({ canaryChunks: 2 });
      expect(nextStep(run, GOING_ON)).toBe('canary');
    });
  });

  it('is an approval that tells what updates would do, and have done', () => {
    const roles = [{ from: 'user', to: 'admin', count: 3, lines: [2, 3, 4] }];
    const effects = { roles, kinds: { activated: { count: 1, lines: [2] } } };
    const expected = { known: 900, updated: 40, leftAlone: 2, effects };
    const findings = { ...findingsOf({ canaryChunks: 2 }), expected };
    const run = runOf({ findings }, { mode: 'update', approval: 'required', canaryRows: 150 });
    awaitApproval(run, 'plan', NOW);
    const told = '(role user to admin: 3, blocked users made active: 1), 2 left alone.';
    expect(textsOf(run.state)[0]).toBe(
      `The plan is ready; nobody has been created or changed yet. Existing users known so far: 900; 40 would be updated ${told} Approve it to go on. The file's SHA-256 is ${SHA256}.`,
    );
    expect(run.state.approvalMode).toBe('update');
    run.state.phase = 'importing';
    const counts = { ...chunkOf().counts, updated: 7, left_alone: 1 };
    recordPortion(run, portionOf(1), { ...chunkOf(), counts, effects }, NOW);
    awaitApproval(run, 'canary', NOW);
    expect(textsOf(run.state)[1]).toContain(
      'So far 7 were updated (role user to admin: 3, blocked users made active: 1), 1 left alone. ',
    );
  });

  it('is no approval in a dry run', () => {
    const run = runOf({}, { approval: 'required', dryRun: 'live' });
    expect(nextStep(run, GOING_ON)).toBe('chunk');
  });
});

describe('the chunks of an import', () => {
  it('begin after validation, and begin the rate', () => {
    const { state } = runOf({ phase: 'validating' });
    beginChunks(state, NOW);
    expect(state.phase).toBe('importing');
    expect(state.samples).toEqual([{ at: NOW, done: 0 }]);
    expect(state.rowsHistory.points).toEqual([{ at: NOW, done: 0 }]);
  });

  it('keep an approval that is pending over continue-as-new', () => {
    const { state } = runOf({ phase: 'awaiting-approval', pendingApproval: 'canary' });
    beginChunks(state, NOW);
    expect(state).toMatchObject({ phase: 'awaiting-approval', pendingApproval: 'canary' });
  });

  it('add up, with their errors, and with the time at which they ended', () => {
    const run = runOf();
    beginChunks(run.state, NOW);
    recordPortion(run, portionOf(1), chunkOf(1), NOW + 1000);
    recordPortion(run, portionOf(1), chunkOf(2, 5), NOW + 2000);
    const { state } = run;
    expect(state.counts).toMatchObject({ created: 197, failed: 3, due: 5 });
    expect(state.errors).toMatchObject({ rejected: { count: 3 } });
    expect(state.chunksDone).toBe(2);
    expect(state.samples.map(({ done }) => done)).toEqual([0, 100, 200]);
    expect(state.rowsHistory.points.at(-1)).toEqual({ at: NOW + 2000, done: 200 });
    expect(state.notices).toEqual([]);
  });

  it('that are lost are an event', () => {
    const { state } = runOf();
    recordLostPortion(state, portionOf(4), NOW);
    expect(eventsOf(state)[0]).toMatch(/^import: Chunk 4 ended before it was done\./);
  });

  it('raise the limit again, and say when it is gone', () => {
    const run = runOf({ concurrency: 2 });
    run.state.limit = decrease(NO_LIMIT, 2, NOW);
    expect(allowedChunks(run.state)).toBe(1);
    for (let chunk = 0; chunk < 3; chunk++) recordPortion(run, portionOf(1), chunkOf(), NOW);
    expect(allowedChunks(run.state)).toBe(1);
    recordPortion(run, portionOf(1), chunkOf(), NOW);
    expect(allowedChunks(run.state)).toBe(2);
    expect(eventsOf(run.state)).toEqual([
      'import: Kratos keeps up: up to 2 chunks in flight again.',
    ]);
  });
});

describe('too many failed rows', () => {
  it('pause the import, once, and say why', () => {
    const run = runOf({ nextChunk: 2 }, { haltAboveFailureRate: 0.1 });
    recordPortion(run, portionOf(1), chunkOf(10), NOW);
    expect(run.state.pausedBy).toEqual([]);
    recordPortion(run, portionOf(1), chunkOf(20), NOW);
    recordPortion(run, portionOf(1), chunkOf(20), NOW);
    expect(run.state.pausedBy).toEqual(['failures']);
    expect(eventsOf(run.state)).toEqual([
      'import: Paused by itself: 30 of 200 rows failed, more than haltAboveFailureRate (0.1) allows. rejected: 30 rows (lines 2, 2, …). Resume to go on, or cancel.',
    ]);
  });

  it.each([
    ['do not pause an import that has nothing left to do', 0, []],
    ['pause an import whose invitations are left', 5, ['failures']],
  ])('%s', (_, due, pausedBy) => {
    const run = runOf({ nextChunk: 11 });
    recordPortion(run, portionOf(1), chunkOf(90, due), NOW);
    expect(run.state.pausedBy).toEqual(pausedBy);
  });
});

describe('the end of a stall', () => {
  it.each([
    ['unauthorized', ['import: Kratos takes the token again; the import goes on.']],
    ['unavailable', ['import: It works again; the import goes on.']],
    ['overloaded', []],
    [undefined, []],
  ] as const)('of the kind %s is an event', (stall, events) => {
    const { state } = runOf({ stall, pausedBy: ['operator', 'token'] });
    endStall(state, NOW);
    expect(eventsOf(state)).toEqual(events);
    expect(state.stall).toBeUndefined();
    expect(state.pausedBy).toEqual(['operator']);
  });

  it('comes with the next chunk that ends', () => {
    const run = runOf({ stall: 'unavailable' });
    recordPortion(run, portionOf(1), chunkOf(), NOW);
    expect(run.state.stall).toBeUndefined();
  });
});

describe('the invitations of an import', () => {
  const due = chunkOf(0, 3).counts;

  it.each([
    ['users are due one', { counts: due }, {}, true],
    ['no user is due one', {}, {}, false],
    ['the input wants none', { counts: due }, { invitations: { send: 'never' as const } }, false],
    ['it is a dry run', { counts: due }, { dryRun: 'live' as const }, false],
  ])('are sent when %s: only then', (_, state, request, expected) => {
    expect(hasInvitations(runOf(state, request))).toBe(expected);
  });

  it.each([
    [false, []],
    [true, ['import: Invitations are held. Send them with releaseInvitations.']],
  ])('begin; held: %s', (held, events) => {
    const { state } = runOf({ held });
    beginInvitations(state, NOW);
    expect(state.phase).toBe('inviting');
    expect(eventsOf(state)).toEqual(events);
    expect(state.mailsHistory.points).toEqual([{ at: NOW, sent: 0, failed: 0 }]);
  });

  it('are counted over time', () => {
    const { state } = runOf();
    recordMails(state, { sent: 5, failed: 1, none: 2, kept: 0 }, NOW);
    expect(state.invited).toEqual({ sent: 5, failed: 1, none: 2, kept: 0 });
    expect(state.mailsHistory.points).toEqual([{ at: NOW, sent: 5, failed: 1 }]);
  });

  it.each([
    [[], false],
    [['token' as const], false],
    [['token' as const, 'operator' as const], true],
    [['failures' as const], true],
  ])(
    'paused by %j: the mails stop, but not for the token, which they try themselves',
    (by, paused) => {
      const { state } = runOf({ pausedBy: by, resumes: 2, perMinute: 30, held: true });
      expect(invitationControl(state)).toEqual({ paused, held: true, perMinute: 30, resumes: 2 });
    },
  );
});
