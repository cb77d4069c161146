/**
 * The state of the invitations on their way, and what goes out next. Pure: `now` is the workflow's clock, in
 * milliseconds since 1970.
 */
import { cutText, MOST_TEXTS } from '../../src/contract/bounds.js';
import type {
  InvitationControl,
  InvitationResult,
  InvitationStatus,
  InvitationsRequest,
} from '../../src/contract/invitations.js';
import {
  attemptEnded,
  attemptStarted,
  attemptUnused,
  leadMs,
  newPace,
  nextSlot,
  rateChanged,
  type MailPace,
} from '../../src/invitations/pace.js';
import {
  availableAt,
  isEmpty,
  learnedBelow,
  newQueue,
  NOT_STARTED,
  recordFailure,
  recordResult,
  resumeQueue,
  take,
  wantsPage,
  type Failure,
  type Invitation,
  type Queue,
} from '../../src/invitations/queue.js';
import type { Opening } from '../../src/invitations/window.js';

export interface InvitationRun {
  input: InvitationsRequest;
  state: InvitationState;
  /** Attempts that have not ended. */
  inFlight: number;
  /** Set by whatever the next step may depend on. */
  hasChanged: boolean;
  /** The import has another control than this one. */
  isControlOld: boolean;
  /** No other mail is started; the rest is handed over to another workflow. */
  handsOver: boolean;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface InvitationState {
  control: InvitationControl;
  queue: Queue;
  pace: MailPace;
  /** When mails may go out; only with a sending window, and once it is known. */
  opening?: Opening;
  /** Notices for the import that no report has had yet. */
  notices: string[];
  /** When the last report went to the import, and how many there were. */
  lastReport: { at: number; times: number };
  /** Whether the counts have changed since the last report. */
  dirty: boolean;
}

export function newState({ control }: InvitationsRequest, now: number): InvitationState {
  return {
    control,
    queue: newQueue(),
    pace: newPace(now),
    notices: [],
    lastReport: { at: 0, times: 0 },
    dirty: false,
  };
}

/** The rate that holds now: what is asked, or what the mail server was found to take. */
function perMinuteNow({ control, queue }: InvitationState): number {
  return learnedBelow(queue, control.perMinute) ?? control.perMinute;
}

/** As many attempts as a worker takes at once. */
export const MOST_IN_FLIGHT = 50;

export type Step = 'control' | 'report' | 'page' | 'opening' | 'mail' | 'continue-as-new' | 'over';

/** The next step, and the earliest time for it: Infinity when something else has to happen first. */
export interface PossibleStep {
  step: Step;
  at: number;
}

export function nextStep(
  run: InvitationRun,
  continueAsNewSuggested: boolean,
  now: number,
): PossibleStep {
  const { state, inFlight } = run;
  const isIdle = inFlight === 0;
  if ((isEmpty(state.queue) || run.handsOver) && isIdle) return { step: 'over', at: now };
  if (run.handsOver) return { step: 'over', at: Infinity };
  if (run.isControlOld) return { step: 'control', at: now };
  if (continueAsNewSuggested) return { step: 'continue-as-new', at: isIdle ? now : Infinity };
  const mail = nextMail(run, now);
  const reportAt = nextReportAt(state);
  return reportAt <= now || reportAt < mail.at ? { step: 'report', at: reportAt } : mail;
}

function nextMail(run: InvitationRun, now: number): PossibleStep {
  const { input, state, inFlight } = run;
  const { window } = input.settings;
  const { control, queue, opening } = state;
  if (control.paused || control.held || queue.stopped) return { step: 'mail', at: Infinity };
  if (wantsPage(queue)) return { step: 'page', at: now };
  if (window && (!opening || opening.closesAt <= now)) return { step: 'opening', at: now };
  if (inFlight >= MOST_IN_FLIGHT) return { step: 'mail', at: Infinity };
  const slot = slotOf(run, now);
  if (opening && slot >= opening.closesAt) return { step: 'opening', at: opening.closesAt };
  return { step: 'mail', at: slot - leadMs(perMinuteNow(state)) };
}

/** When the next mail may go out. */
function slotOf({ state, inFlight }: InvitationRun, now: number): number {
  const { queue, pace, opening } = state;
  return Math.max(
    availableAt(queue, inFlight, now),
    nextSlot(pace, perMinuteNow(state), inFlight, now),
    opening?.opensAt ?? now,
  );
}

/**
 * The next invitation is in flight from here on.
 * @returns it, and the milliseconds from now to its slot
 */
export function startAttempt(
  run: InvitationRun,
  now: number,
): { invitation: Invitation; waitMs: number } {
  const { state } = run;
  const slot = slotOf(run, now);
  const invitation = take(state.queue, slot);
  state.pace = attemptStarted(state.pace, perMinuteNow(state), slot);
  run.inFlight++;
  return { invitation, waitMs: slot - now };
}

/** An attempt has ended with a result that holds. */
export function attemptSucceeded(
  state: InvitationState,
  result: InvitationResult,
  now: number,
): void {
  state.pace = result.mailed
    ? attemptEnded(state.pace, now)
    : attemptUnused(state.pace, perMinuteNow(state));
  addNotices(state, recordResult(state.queue, result, now));
}

/**
 * An attempt has failed: the invitation is tried again later, unless it is given up.
 * @returns the notices for the import, and the reason to give the invitation up, if there is one
 */
export function attemptFailed(
  state: InvitationState,
  invitation: Invitation,
  failure: Failure,
  now: number,
): { notices: string[]; giveUp?: string } {
  // The slot of an attempt that no worker began has long passed: nothing is left of it to give to another one.
  if (failure.type !== NOT_STARTED) state.pace = attemptEnded(state.pace, now);
  return recordFailure(state.queue, invitation, failure, now);
}

export function applyControl(
  state: InvitationState,
  control: InvitationControl,
  now: number,
): void {
  if (control.resumes > state.control.resumes) resumeQueue(state.queue);
  // The slots that are given out hold, unless the rate is another one: mails would come in pairs.
  if (control.perMinute !== state.control.perMinute) {
    state.pace = rateChanged(state.pace, control.perMinute, now);
  }
  state.control = control;
}

/** There is something to report: notices, as they can be handed over, or only other counts. */
export function addNotices(state: InvitationState, notices: string[]): void {
  state.notices.push(...notices.map(cutText));
  state.dirty = true;
}

/** Each report costs the import's history some events, and there may be mails for weeks. */
const REPORT_INTERVALS: [times: number, ms: number][] = [
  [100, 3_000],
  [300, 15_000],
  [1000, 60_000],
  [Infinity, 300_000],
];

/** When the next report to the import is due. */
export function nextReportAt({ dirty, notices, lastReport }: InvitationState): number {
  if (notices.length > 0) return 0;
  const interval = REPORT_INTERVALS.find(([times]) => lastReport.times < times)![1];
  return dirty ? lastReport.at + interval : Infinity;
}

/** The report that is due; it counts as sent. */
export function takeReport({ input, state }: InvitationRun, now: number): InvitationStatus {
  const { queue, control } = state;
  const notices = state.notices.slice(-MOST_TEXTS);
  state.notices = [];
  state.dirty = false;
  state.lastReport = { at: now, times: state.lastReport.times + 1 };
  return {
    runId: input.run.runId,
    counts: queue.counts,
    notices,
    stopped: queue.stopped,
    awaitsToken: queue.away?.awaitsToken ?? false,
    away: queue.away !== undefined,
    resumes: control.resumes,
  };
}
