import { describe, expect, it } from 'vitest';
import { RETRYABLE } from '../../../../src/contract/failures.js';
import { isEmpty, turnPage, NOT_STARTED } from '../../../../src/invitations/queue.js';
import { intervalMs, leadMs } from '../../../../src/invitations/pace.js';
import {
  addNotices,
  applyControl,
  attemptFailed,
  attemptSucceeded,
  countMails,
  handBack,
  mailEnded,
  MOST_IN_FLIGHT,
  newState,
  nextReportAt,
  nextStep,
  pageListed,
  startAttempt,
  startStep,
  takeReport,
  type InvitationRun,
} from '../../../../workflows/send-invitations/state.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');
const RUN = { workflowId: 'import-1', runId: 'run-1' };
const CONTROL = { paused: false, held: false, perMinute: 600, resumes: 0 };
const WINDOW = { from: '08:00', to: '18:00', timeZone: 'Europe/Berlin' };
const SENT = { state: 'sent', mailed: true } as const;

/** Invitations to the users of lines 2 and on, all of them listed. */
function runOf({
  lines = 100,
  control = {},
  window = undefined as typeof WINDOW | undefined,
} = {}): InvitationRun {
  const settings = { method: 'link' as const, expiresIn: '1h', window };
  const input = { run: RUN, settings, due: lines, control: { ...CONTROL, ...control } };
  const state = newState(input, NOW);
  turnPage(state.queue, { chunk: 1, lines: Array.from({ length: lines }, (_, i) => i + 2) });
  turnPage(state.queue, undefined);
  return {
    input,
    state,
    inFlight: 0,
    stepsInFlight: 0,
    manyStartedAt: [],
    hasChanged: false,
    isControlOld: false,
    handsOver: false,
  };
}

const stepOf = (run: InvitationRun, now = NOW) => nextStep(run, false, now);

describe('the next step of the invitations', () => {
  it('is a mail, whose attempt is started before its slot', () => {
    expect(stepOf(runOf())).toEqual({ step: 'mail', at: NOW - leadMs(600) });
  });

  it('is the next page when no user is listed', () => {
    const run = runOf();
    run.state = newState(run.input, NOW);
    expect(stepOf(run)).toEqual({ step: 'page', at: NOW });
  });

  it.each([
    ['paused', { paused: true }],
    ['held', { held: true }],
  ])('is nothing while they are %s', (_, control) => {
    expect(stepOf(runOf({ control })).at).toBe(Infinity);
  });

  it('is nothing after they stopped by themselves, until a resume', () => {
    const run = runOf();
    run.state.queue.stopped = true;
    applyControl(run.state, { ...CONTROL, perMinute: 60 }, NOW);
    expect(stepOf(run).at).toBe(Infinity);
    applyControl(run.state, { ...CONTROL, resumes: 1 }, NOW);
    expect(stepOf(run).step).toBe('mail');
    expect(stepOf(run).at).toBeLessThanOrEqual(NOW);
  });

  it('is nothing while as many are in flight as a worker takes', () => {
    const run = runOf({ control: { perMinute: 60_000 } });
    run.state.queue.counts.sent = 1;
    run.stepsInFlight = MOST_IN_FLIGHT;
    expect(stepOf(run)).toEqual({ step: 'mail', at: Infinity });
  });

  it('is the opening of the window, before the first mail and when it has closed', () => {
    const run = runOf({ window: WINDOW });
    expect(stepOf(run)).toEqual({ step: 'opening', at: NOW });
    run.state.opening = { opensAt: NOW + 60_000, closesAt: NOW + 120_000 };
    expect(stepOf(run)).toEqual({ step: 'mail', at: NOW + 60_000 - leadMs(600) });
    expect(stepOf(run, NOW + 120_000)).toEqual({ step: 'opening', at: NOW + 120_000 });
  });

  it('is the next opening when the next slot is after the end of this one', () => {
    const run = runOf({ window: WINDOW, control: { perMinute: 1 } });
    run.state.opening = { opensAt: NOW, closesAt: NOW + 30_000 };
    startAttempt(run, NOW);
    attemptSucceeded(run.state, SENT, NOW);
    run.inFlight = 0;
    run.state.dirty = false;
    expect(stepOf(run)).toEqual({ step: 'opening', at: NOW + 30_000 });
  });

  it('is to continue as new once the history is long and nothing is in flight', () => {
    const run = runOf();
    run.inFlight = 1;
    expect(nextStep(run, true, NOW)).toEqual({ step: 'continue-as-new', at: Infinity });
    run.inFlight = 0;
    expect(nextStep(run, true, NOW)).toEqual({ step: 'continue-as-new', at: NOW });
  });

  it('is the end once all are sent, also with a long history', () => {
    const run = runOf({ lines: 1 });
    startAttempt(run, NOW);
    expect(stepOf(run).step).not.toBe('over');
    run.inFlight = 0;
    expect(nextStep(run, true, NOW)).toEqual({ step: 'over', at: NOW });
  });

  it('is a report as soon as it is due before the next mail', () => {
    const run = runOf({ control: { paused: true } });
    addNotices(run.state, ['Something.']);
    expect(stepOf(run)).toEqual({ step: 'report', at: 0 });
    takeReport(run, NOW);
    addNotices(run.state, []);
    expect(stepOf(run)).toEqual({ step: 'report', at: NOW + 3000 });
  });
});

describe('an attempt', () => {
  it('takes the next invitation and its slot', () => {
    const run = runOf();
    expect(startAttempt(run, NOW)).toMatchObject({ invitation: { line: 2 }, waitMs: 0 });
    expect(startAttempt(run, NOW)).toMatchObject({
      ...{ invitation: { line: 3 }, waitMs: intervalMs(600) },
    });
    expect(run.inFlight).toBe(2);
  });

  it('that has put out a mail keeps its slot for a minute; another one leaves it', () => {
    const [mailed, unused] = [runOf(), runOf()];
    for (const run of [mailed, unused]) startAttempt(run, NOW);
    attemptSucceeded(mailed.state, SENT, NOW);
    attemptSucceeded(unused.state, { state: 'none', mailed: false }, NOW);
    expect(mailed.state.pace.ended).toHaveLength(1);
    expect(unused.state.pace).toMatchObject({ ended: [], next: NOW });
    expect(mailed.state).toMatchObject({ dirty: true, queue: { counts: { sent: 1 } } });
    expect(unused.state.queue.counts.none).toBe(1);
  });

  it.each([
    [RETRYABLE.InvitationLater, 1],
    [NOT_STARTED, 0],
  ])('that fails is tried again: %s', (type, slots) => {
    const run = runOf({ lines: 1 });
    const { invitation } = startAttempt(run, NOW);
    const failed = attemptFailed(run.state, invitation, { type, message: 'Why.' }, NOW);
    expect(failed).toEqual({ notices: [] });
    expect(run.state.queue.later).toHaveLength(1);
    expect(run.state.pace.ended).toHaveLength(slots);
  });

  it('that finds a server away has a notice', () => {
    const run = runOf();
    const { invitation } = startAttempt(run, NOW);
    const failure = { type: RETRYABLE.MailServerAway, message: 'It is away.' };
    expect(attemptFailed(run.state, invitation, failure, NOW).notices).toEqual([
      'It is away. Invitations wait, and go on by themselves.',
    ]);
  });
});

describe('a step of many mails', () => {
  const high = { perMinute: 6000 };
  const trusted = (lines = 400) => {
    const run = runOf({ lines, control: high });
    run.state.queue.counts.sent = 1;
    return run;
  };
  const end = (run: InvitationRun, mails: number) => {
    run.inFlight -= mails;
    run.stepsInFlight--;
    run.manyStartedAt.shift();
  };

  it('carries those of a second at a high rate, evenly; at a low one each mail has its own', () => {
    const mails = startStep(trusted(), NOW)!;
    expect(mails).toMatchObject({ chunk: 1, waitMs: 0, everyMs: intervalMs(6000) });
    expect(mails.lines).toHaveLength(100);
    expect(startStep(runOf(), NOW)).toBeUndefined();
  });

  it('carries few until the mail server has accepted one, and while it has refused the last', () => {
    const run = runOf({ control: high });
    expect(startStep(run, NOW)!.lines).toHaveLength(10);
    expect(stepOf(run).at).toBe(Infinity);
    const refused = trusted();
    refused.state.queue.refusedInARow = 3;
    expect(startStep(refused, NOW)!.lines).toHaveLength(7);
  });

  it('is one mail while a server is away, and for a retry', () => {
    const away = trusted();
    away.state.queue.away = { tries: 1, until: NOW, awaitsToken: false, isTold: true };
    expect(startStep(away, NOW)).toBeUndefined();
    const retry = trusted();
    retry.state.queue.later.push({ chunk: 1, line: 1, tries: 1, unsure: 0, at: NOW });
    expect(startStep(retry, NOW)).toBeUndefined();
    expect(startAttempt(retry, NOW).invitation.line).toBe(1);
  });

  it('is the second at most that sends, unless one only waits for its last answer', () => {
    const run = trusted();
    startStep(run, NOW);
    startStep(run, NOW);
    expect(stepOf(run)).toEqual({ step: 'mail', at: NOW + 10_000 });
    expect(stepOf(run, NOW + 10_000).at).toBeLessThanOrEqual(NOW + 10_000);
    end(run, 100);
    expect(stepOf(run).at).toBeLessThan(NOW + 10_000);
  });

  it('ends before the window closes', () => {
    const run = trusted();
    run.input.settings.window = WINDOW;
    run.state.opening = { opensAt: NOW, closesAt: NOW + 100 };
    const { lines, waitMs, everyMs } = startStep(run, NOW)!;
    expect(waitMs + (lines.length - 1) * everyMs).toBeLessThan(100);
    expect(lines.length).toBeGreaterThan(5);
  });

  it('that hands users back loses none, whatever page is there by then', () => {
    for (const listed of [undefined, { chunk: 2, lines: [900, 901] }]) {
      const run = trusted(4);
      const { state } = run;
      state.queue.nextChunk = 2;
      const mails = startStep(run, NOW)!;
      expect(mails.lines).toEqual([2, 3, 4, 5]);
      // While the next page is listed.
      handBack(state, { chunk: 1, lines: [4, 5] });
      pageListed(state, listed);
      delete state.queue.nextChunk;
      handBack(state, { chunk: 1, lines: [3] });
      end(run, 4);
      const tried: string[] = [];
      while (!isEmpty(state.queue)) {
        const { invitation } = startAttempt(run, NOW);
        tried.push(`${invitation.chunk}/${invitation.line}`);
        run.inFlight = 0;
      }
      const others = (listed?.lines ?? []).map((line) => `2/${line}`);
      expect(tried.toSorted()).toEqual(['1/3', '1/4', '1/5', ...others]);
    }
  });

  it('counts each of its mails from when it ended, and gives back the slots of those that were none', () => {
    const run = trusted();
    startStep(run, NOW);
    const { next } = run.state.pace;
    countMails(
      run.state,
      [
        [1000, 3],
        [250, 2],
      ],
      NOW + 2000,
    );
    mailEnded(run.state, { state: 'none', mailed: false }, NOW);
    expect(run.state.pace.ended.map(([, mails]) => mails)).toEqual([3, 2]);
    expect(run.state.pace.next).toBe(next - intervalMs(6000));
    expect(run.state.queue.counts.none).toBe(1);
  });
});

describe('after workers were away', () => {
  it('mails that nobody began are not made up for by pairs', () => {
    const run = runOf();
    const slots: number[] = [];
    const start = (now: number) => {
      const { invitation, waitMs } = startAttempt(run, now);
      slots.push(now + waitMs);
      return invitation;
    };
    const lost = [start(NOW), start(NOW), start(NOW)];
    const later = NOW + 10_000;
    for (const invitation of lost) {
      start(later);
      run.inFlight--;
      attemptFailed(run.state, invitation, { type: NOT_STARTED, message: '' }, later);
    }
    const gaps = slots.slice(1).map((at, i) => at - slots[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(intervalMs(600) / 2);
  });
});

describe('another control', () => {
  it('of the same rate leaves the slots as they are', () => {
    const run = runOf();
    startAttempt(run, NOW);
    const { pace } = run.state;
    applyControl(run.state, { ...CONTROL, paused: true }, NOW);
    applyControl(run.state, { ...CONTROL, resumes: 1 }, NOW + 10);
    expect(run.state.pace).toEqual(pace);
  });
});

describe('a faster rate', () => {
  it('holds at once', () => {
    const run = runOf({ control: { perMinute: 1 } });
    startAttempt(run, NOW);
    attemptSucceeded(run.state, SENT, NOW);
    run.inFlight = 0;
    applyControl(run.state, CONTROL, NOW);
    expect(run.state.control.perMinute).toBe(600);
    expect(run.state.pace.next).toBe(NOW + intervalMs(600));
  });
});

describe('the reports to the import', () => {
  it('have the counts and what is new, and count as sent', () => {
    const run = runOf();
    addNotices(run.state, ['Something.']);
    run.state.queue.away = { tries: 1, until: NOW, awaitsToken: true, isTold: true };
    expect(takeReport(run, NOW)).toEqual({
      ...{ runId: 'run-1', counts: run.state.queue.counts, notices: ['Something.'] },
      ...{ stopped: false, awaitsToken: true, away: true, resumes: 0 },
    });
    expect(run.state).toMatchObject({
      ...{ notices: [], dirty: false, lastReport: { at: NOW, times: 1 } },
    });
    expect(nextReportAt(run.state)).toBe(Infinity);
  });

  it.each([
    [99, 3_000],
    [100, 15_000],
    [299, 15_000],
    [300, 60_000],
    [999, 60_000],
    [1000, 300_000],
    [1_000_000, 300_000],
  ])('come ever more rarely: after %i of them', (times, ms) => {
    const { state } = runOf();
    Object.assign(state, { dirty: true, lastReport: { at: NOW, times } });
    expect(nextReportAt(state)).toBe(NOW + ms);
  });
});

it('the state can be carried as JSON', () => {
  const { state } = runOf();
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
});
