/**
 * The mails that invite an import's users: one after the other at the pace that the import says, while it is not paused
 * and the day's window is open. Whom to mail comes page by page as chunk and line; no address is ever in its history.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  ContinueAsNew,
  proxyActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { FATAL } from '../../src/contract/failures.js';
import { runLabel, withoutLabel } from '../../src/contract/ids.js';
import type { InvitationCounts, InvitationsRequest } from '../../src/contract/invitations.js';
import {
  availableAt,
  fail,
  isEmpty,
  NO_ANSWER,
  NOT_STARTED,
  settle,
  take,
  turnPage,
  wantsPage,
  type Failure,
  type Invitation,
} from '../../src/invitations/queue.js';
import {
  attemptEnded,
  attemptStarted,
  attemptUnused,
  leadMs,
  nextSlot,
} from '../../src/invitations/pace.js';
import { causeOf } from '../shared/failures.js';
import {
  addNotices,
  beginInvitations,
  publishDetails,
  reportStatus,
  nextReportAt,
  type InvitationsJob,
  type InvitationsState,
} from './state.js';

const WHILE_IT_TAKES = {
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const;

const { listDueInvitations } = proxyActivities<Activities>({
  ...WHILE_IT_TAKES,
  startToCloseTimeout: '1 hour',
  summary: 'Who is to be invited next',
});
const { nextOpening, giveUpInvitation } = proxyActivities<Activities>({
  ...WHILE_IT_TAKES,
  startToCloseTimeout: '1 minute',
});

/** Each attempt has its own moment: what fails comes back into the queue. */
const ONE_ATTEMPT = {
  // With no worker there, a mail must not wait until one comes, which may be in a pause or after the window.
  scheduleToStartTimeout: '10 seconds',
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { maximumAttempts: 1 },
} as const;

/** As many attempts as a worker takes at once. */
const MOST_IN_FLIGHT = 50;

/** Started by its import only. */
export async function sendInvitations(
  request: InvitationsRequest,
  carried?: InvitationsState,
): Promise<InvitationCounts> {
  if (workflowInfo().parent?.workflowId !== request.run.workflowId) {
    throw ApplicationFailure.create({
      type: FATAL.InvalidInput,
      nonRetryable: true,
      message: `Invitations are sent by their import, never by hand: start importUsers. ${runLabel(request.run)}`,
    });
  }
  const job = beginInvitations(request, carried);
  publishDetails(job);
  try {
    let step: Step;
    while ((step = await nextStep(job)) !== 'over') await STEPS[step](job);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await CancellationScope.nonCancellable(() => condition(() => job.inFlight === 0));
    await CancellationScope.nonCancellable(() => reportStatus(job));
    throw error;
  }
  await reportStatus(job);
  return job.state.queue.counts;
}

type Step = 'report' | 'page' | 'opening' | 'mail' | 'renew' | 'over';

const STEPS: Record<Exclude<Step, 'over'>, (job: InvitationsJob) => Promise<void> | void> = {
  report: reportStatus,
  page: async ({ request: { run }, state: { queue } }) =>
    turnPage(queue, (await listDueInvitations({ run, from: queue.nextChunk! })) ?? undefined),
  opening: async (job) => {
    const { run, settings } = job.request;
    // By the workflow's clock: a worker's may be behind, and find the window open that has just closed.
    job.state.opening = await nextOpening({ run, window: settings.window!, at: Date.now() });
    publishDetails(job);
  },
  mail: startAttempt,
  renew: async ({ request, state }) => {
    await condition(allHandlersFinished);
    await continueAsNew<typeof sendInvitations>(request, state);
  },
};

/**
 * Waits until there is something to do.
 * @throws the cancellation, once there is one
 */
async function nextStep(job: InvitationsJob): Promise<Step> {
  const scope = CancellationScope.current();
  for (;;) {
    if (scope.consideredCancelled) await scope.cancelRequested;
    const now = Date.now();
    const possible = possibleStep(job, now);
    if (possible.at <= now) return possible.step;
    job.changed = false;
    const isNews = () => job.changed;
    if (possible.at === Infinity) await condition(isNews);
    else await condition(isNews, Math.max(possible.at - now, 1));
  }
}

/** The next step, and the earliest time for it: Infinity when something else has to happen first. */
function possibleStep(job: InvitationsJob, now: number): { step: Step; at: number } {
  const { state, inFlight } = job;
  const { queue } = state;
  const idle = inFlight === 0;
  if (isEmpty(queue) && idle) return { step: 'over', at: now };
  if (workflowInfo().continueAsNewSuggested) return { step: 'renew', at: idle ? now : Infinity };
  const mail = nextMail(job, now);
  const reportAt = nextReportAt(state);
  return reportAt <= now || reportAt < mail.at ? { step: 'report', at: reportAt } : mail;
}

function nextMail(job: InvitationsJob, now: number): { step: Step; at: number } {
  const { request, state, inFlight } = job;
  const { window } = request.settings;
  const { control, queue, opening } = state;
  if (control.paused || control.held || queue.stopped) return { step: 'mail', at: Infinity };
  if (wantsPage(queue)) return { step: 'page', at: now };
  if (window && (!opening || opening.closesAt <= now)) return { step: 'opening', at: now };
  if (inFlight >= MOST_IN_FLIGHT) return { step: 'mail', at: Infinity };
  const slot = slotOf(job, now);
  if (opening && slot >= opening.closesAt) return { step: 'opening', at: opening.closesAt };
  return { step: 'mail', at: slot - leadMs(control.perMinute) };
}

/** When the next mail may go out. */
function slotOf({ state, inFlight }: InvitationsJob, now: number): number {
  const { control, queue, pace, opening } = state;
  return Math.max(
    availableAt(queue, inFlight, now),
    nextSlot(pace, control.perMinute, inFlight, now),
    opening?.opensAt ?? now,
  );
}

function startAttempt(job: InvitationsJob): void {
  const { state } = job;
  const now = Date.now();
  const slot = slotOf(job, now);
  const invitation = take(state.queue, slot);
  state.pace = attemptStarted(state.pace, state.control.perMinute, slot);
  job.inFlight++;
  // What is in flight finishes, also when the import is cancelled.
  void CancellationScope.nonCancellable(() => attempt(job, invitation, slot - now)).finally(() => {
    job.inFlight--;
    publishDetails(job);
  });
}

/** @param waitMs from now to its slot */
async function attempt(
  { request, state }: InvitationsJob,
  invitation: Invitation,
  waitMs: number,
): Promise<void> {
  const { run, settings } = request;
  const { method, expiresIn } = settings;
  const { chunk, line } = invitation;
  const summary = `Invite the user of line ${line}`;
  const { sendInvitation } = proxyActivities<Activities>({ ...ONE_ATTEMPT, summary });
  try {
    const result = await sendInvitation({
      ...{ run, chunk, line, waitMs },
      settings: { method, expiresIn },
    });
    state.pace = result.mailed
      ? attemptEnded(state.pace, Date.now())
      : attemptUnused(state.pace, state.control.perMinute);
    addNotices(state, settle(state.queue, result));
  } catch (error) {
    const failure = failureOf(error);
    state.pace =
      failure.type === NOT_STARTED
        ? attemptUnused(state.pace, state.control.perMinute)
        : attemptEnded(state.pace, Date.now());
    const { notices, giveUp } = fail(state.queue, invitation, failure, Date.now());
    if (giveUp !== undefined) {
      await giveUpInvitation({ run, chunk, line, why: giveUp });
      state.queue.counts.failed++;
    }
    addNotices(state, notices);
  }
}

function failureOf(error: unknown): Failure {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const { type, message } = cause;
    const delay: unknown = cause.nextRetryDelay;
    const wait = typeof delay === 'number' ? { waitMs: delay } : {};
    return { type: type ?? '', message: withoutLabel(message), ...wait };
  }
  const notStarted = cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
  return {
    type: notStarted ? NOT_STARTED : NO_ANSWER,
    message: 'The worker did not answer in time.',
  };
}
