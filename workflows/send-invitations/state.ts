/**
 * The state of the invitations on their way, and what goes out next. Pure: `now` is the workflow's clock, in
 * milliseconds since 1970.
 */
import { cutText, MOST_TEXTS } from '../../src/contract/bounds.js';
import type {
  DuePage,
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
  mailsAStep,
  mailsEnded,
  newPace,
  nextSlot,
  nextSlots,
  rateChanged,
  STEP_LEAD_MS,
  stepStarted,
  type EndedAgo,
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
  takeNew,
  turnPage,
  wantsPage,
  type Failure,
  type Invitation,
  type Queue,
} from '../../src/invitations/queue.js';
import type { Opening } from '../../src/invitations/window.js';

export interface InvitationRun {
  input: InvitationsRequest;
  state: InvitationState;
  /** Mails whose attempt, or whose step, has not ended. */
  inFlight: number;
  /** Attempts and steps that have not ended. */
  stepsInFlight: number;
  /** Of steps of many mails, when they were started, in that order. */
  manyStartedAt: number[];
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
  /** Users whom a step of many mails has handed back untried; they are tried before the next page. */
  handedBack: DuePage[];
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
    handedBack: [],
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

/** As many attempts, and steps, as a worker takes at once. */
export const MOST_IN_FLIGHT = 50;

const MOST_SENDING = 2;
const LAST_ANSWER_MS = 10_000;

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
  const { state } = run;
  const isIdle = run.inFlight === 0;
  if ((isEmpty(state.queue) || run.handsOver) && isIdle) return { step: 'over', at: now };
  if (run.handsOver) return { step: 'over', at: Infinity };
  if (run.isControlOld) return { step: 'control', at: now };
  if (continueAsNewSuggested) return { step: 'continue-as-new', at: isIdle ? now : Infinity };
  const mail = nextMail(run, now);
  const reportAt = nextReportAt(state);
  return reportAt <= now || reportAt < mail.at ? { step: 'report', at: reportAt } : mail;
}

function nextMail(run: InvitationRun, now: number): PossibleStep {
  const { input, state } = run;
  const { window } = input.settings;
  const { control, queue, opening } = state;
  if (control.paused || control.held || queue.stopped) return { step: 'mail', at: Infinity };
  if (wantsPage(queue)) return { step: 'page', at: now };
  if (window && (!opening || opening.closesAt <= now)) return { step: 'opening', at: now };
  if (run.stepsInFlight >= MOST_IN_FLIGHT) return { step: 'mail', at: Infinity };
  const slot = slotOf(run, now);
  if (opening && slot >= opening.closesAt) return { step: 'opening', at: opening.closesAt };
  const perMinute = perMinuteNow(state);
  if (mailsAStep(perMinute) === 1) return { step: 'mail', at: slot - leadMs(perMinute) };
  return { step: 'mail', at: Math.max(slot - STEP_LEAD_MS, roomForStepAt(run, now)) };
}

/**
 * One step sends while the next one reads: of more, too many mails would be on their way when a server begins to refuse
 * them. Those that only wait for a last answer hold up no other.
 */
function roomForStepAt({ manyStartedAt }: InvitationRun, now: number): number {
  const sending = manyStartedAt.filter((at) => now - at < LAST_ANSWER_MS);
  return sending.length < MOST_SENDING ? now : sending[0]! + LAST_ANSWER_MS;
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
  refillPage(state);
  state.pace = attemptStarted(state.pace, perMinuteNow(state), slot);
  run.inFlight++;
  run.stepsInFlight++;
  return { invitation, waitMs: slot - now };
}

/** Mails of one chunk that one step carries. */
export interface ManyMails extends DuePage {
  /** Milliseconds from now to the slot of the first mail, and from each to the next. */
  waitMs: number;
  everyMs: number;
}

/**
 * The mails of the next step are in flight from here on.
 * @returns undefined where the next mail has a step of its own
 */
export function startStep(run: InvitationRun, now: number): ManyMails | undefined {
  const { state, inFlight } = run;
  const perMinute = perMinuteNow(state);
  const most = mailsAStep(perMinute);
  if (most === 1) return undefined;
  const slot = slotOf(run, now);
  const before = state.opening?.closesAt;
  const slots = nextSlots(state.pace, perMinute, { inFlight, now: slot, most, before });
  if (slots.count < 2) return undefined;
  const { chunk, lines } = takeNew(state.queue, { inFlight, now: slot, most: slots.count });
  refillPage(state);
  if (lines.length === 0) return undefined;
  state.pace = stepStarted(state.pace, perMinute, { ...slots, count: lines.length });
  run.inFlight += lines.length;
  run.stepsInFlight++;
  run.manyStartedAt.push(now);
  return { chunk, lines, waitMs: slots.at - now, everyMs: slots.everyMs };
}

/** Users who were handed back come before those of the next page. */
function refillPage(state: InvitationState): void {
  const page = state.queue.page ? undefined : state.handedBack.shift();
  if (page) state.queue.page = page;
}

/** @param page undefined after the last one */
export function pageListed(state: InvitationState, page: DuePage | undefined): void {
  const handedBackMeanwhile = state.queue.page;
  turnPage(state.queue, page);
  if (handedBackMeanwhile) {
    if (page) state.handedBack.unshift(handedBackMeanwhile);
    else state.queue.page = handedBackMeanwhile;
  }
}

/** A step has ended before these of its mails were tried: they are tried again as if they never had been. */
export function handBack(state: InvitationState, { chunk, lines }: DuePage): void {
  const { page } = state.queue;
  if (lines.length === 0) return;
  if (page?.chunk === chunk) {
    page.lines = [...lines, ...page.lines].sort((a, b) => a - b);
    return;
  }
  state.handedBack.push({ chunk, lines });
  refillPage(state);
}

/** An attempt has ended with a result that holds. */
export function attemptSucceeded(
  state: InvitationState,
  result: InvitationResult,
  now: number,
): void {
  if (result.mailed) state.pace = attemptEnded(state.pace, now);
  mailEnded(state, result, now);
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

/** Those mails of a step that may have gone out have ended so long ago. */
export function countMails(state: InvitationState, ago: EndedAgo, now: number): void {
  state.pace = mailsEnded(state.pace, ago, now);
}

/** A mail has come to a result that holds, and is counted where it went out. */
export function mailEnded(state: InvitationState, result: InvitationResult, now: number): void {
  if (!result.mailed) state.pace = attemptUnused(state.pace, perMinuteNow(state));
  addNotices(state, recordResult(state.queue, result, now));
}

/** The same of a mail of a step that has failed, which is new to the queue. */
export function mailFailed(
  state: InvitationState,
  { chunk, line }: { chunk: number; line: number },
  failure: Failure,
  now: number,
): { notices: string[]; giveUp?: string } {
  return recordFailure(state.queue, { chunk, line, tries: 0, unsure: 0 }, failure, now);
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
