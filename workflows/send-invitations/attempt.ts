/** One attempt at an invitation, or one step of many mails, from its start to what its end means for the queue. */
import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  TimeoutFailure,
  uuid4,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { withoutLabel, type RunRef } from '../../src/contract/ids.js';
import { linesOf, toLineRanges } from '../../src/contract/line-ranges.js';
import {
  NO_ANSWER,
  NOT_STARTED,
  type Failure,
  type Invitation,
} from '../../src/invitations/queue.js';
import type { MailEnd } from '../../src/invitations/step-result.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { causeOf } from '../shared/failures.js';
import { publish } from './messages.js';
import {
  addNotices,
  attemptFailed,
  attemptSucceeded,
  countMails,
  handBack,
  mailEnded,
  mailFailed,
  startAttempt,
  startStep,
  type InvitationRun,
  type ManyMails,
} from './state.js';

const { giveUpInvitation } = proxyActivities<Activities>(ACTIVITY_OPTIONS.giveUpInvitation);
const { findLostMails } = proxyActivities<Activities>(ACTIVITY_OPTIONS.findLostMails);

/** Starts the next attempt or step. What is in flight finishes, also when the import is cancelled. */
export function sendNext(run: InvitationRun): void {
  const mails = startStep(run, Date.now());
  if (mails) {
    const at = run.manyStartedAt.at(-1)!;
    inFlight(run, mails.lines.length, () =>
      sendMany(run, mails).finally(() =>
        run.manyStartedAt.splice(run.manyStartedAt.indexOf(at), 1),
      ),
    );
    return;
  }
  const { invitation, waitMs } = startAttempt(run, Date.now());
  inFlight(run, 1, () => attempt(run, invitation, waitMs));
}

function inFlight(run: InvitationRun, mails: number, send: () => Promise<void>): void {
  void CancellationScope.nonCancellable(send).finally(() => {
    run.inFlight -= mails;
    run.stepsInFlight--;
    publish(run);
  });
}

/** @param waitMs from now to the slot of the mail */
async function attempt(
  { input, state }: InvitationRun,
  invitation: Invitation,
  waitMs: number,
): Promise<void> {
  const { run, settings } = input;
  const { method, expiresIn } = settings;
  const { chunk, line } = invitation;
  const { sendInvitation } = proxyActivities<Activities>({
    ...ACTIVITY_OPTIONS.sendInvitation,
    summary: `Invite the user of line ${line}`,
  });
  try {
    const request = { run, chunk, line, waitMs, settings: { method, expiresIn } };
    attemptSucceeded(state, await sendInvitation(request), Date.now());
  } catch (error) {
    const failed = attemptFailed(state, invitation, failureOf(error), Date.now());
    await applyFailure({ input, state }, invitation, failed);
  }
}

/** Gives the invitation up where that is what follows. */
async function applyFailure(
  { input: { run }, state }: Pick<InvitationRun, 'input' | 'state'>,
  { chunk, line }: { chunk: number; line: number },
  { notices, giveUp }: ReturnType<typeof attemptFailed>,
): Promise<void> {
  if (giveUp !== undefined) {
    await giveUpInvitation({ run, chunk, line, why: giveUp });
    state.queue.counts.failed++;
  }
  addNotices(state, notices);
}

async function sendMany(of: InvitationRun, mails: ManyMails): Promise<void> {
  const { input, state } = of;
  const { run, settings } = input;
  const { method, expiresIn } = settings;
  const { chunk, waitMs, everyMs } = mails;
  const lines = toLineRanges(mails.lines);
  const { sendMails } = proxyActivities<Activities>({
    ...ACTIVITY_OPTIONS.sendMails,
    summary: `Invite the ${mails.lines.length} users of lines ${mails.lines[0]} to ${mails.lines.at(-1)}`,
  });
  const step = { run, chunk, step: uuid4(), lines };
  try {
    const result = await sendMails({
      ...step,
      ...{ waitMs, everyMs, settings: { method, expiresIn } },
    });
    countMails(state, result.endedAgo, Date.now());
    await applyEnds(of, chunk, result.ends);
    handBack(state, { chunk, lines: linesOf(result.untried) });
  } catch (error) {
    await stepFailed(of, { ...step, lines: mails.lines }, failureOf(error));
  }
}

/** Each mail as if it had had an attempt of its own. */
async function applyEnds(run: InvitationRun, chunk: number, ends: MailEnd[]): Promise<void> {
  const { state } = run;
  for (const end of ends) {
    if ('failure' in end) {
      const failed = mailFailed(state, { chunk, line: end.line }, end.failure, Date.now());
      await applyFailure(run, { chunk, line: end.line }, failed);
    } else for (let i = 0; i < end.times; i++) mailEnded(state, end.result, Date.now());
  }
}

/** Without an answer, its mails may have gone out; else none was begun, and one of them stands for all. */
async function stepFailed(
  of: InvitationRun,
  { lines, ...step }: { run: RunRef; chunk: number; step: string; lines: number[] },
  failure: Failure,
): Promise<void> {
  const { state } = of;
  const { chunk } = step;
  if (failure.type !== NO_ANSWER) {
    const [line, ...others] = lines as [number, ...number[]];
    handBack(state, { chunk, lines: others });
    await applyEnds(of, chunk, [{ line, failure }]);
    return;
  }
  countMails(state, [[0, lines.length]], Date.now());
  const lost = await findLostMails({ ...step, lines: toLineRanges(lines) });
  handBack(state, { chunk, lines: linesOf(lost.untried) });
  const unsure = linesOf(lost.unsure).map((line) => ({ line, failure }));
  await applyEnds(of, chunk, [...lost.ends, ...unsure]);
}

/** Of the SDK's failure when the worker was ended in the middle of an attempt: the mail may have gone out. */
const WORKER_ENDED = 'WorkerShutdown';

function failureOf(error: unknown): Failure {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const { type, message } = cause;
    if (type === WORKER_ENDED) return { type: NO_ANSWER, message: withoutLabel(message) };
    const delay: unknown = cause.nextRetryDelay;
    const waitMs = typeof delay === 'number' ? delay : undefined;
    return { type: type ?? '', message: withoutLabel(message), waitMs };
  }
  const notStarted = cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
  return {
    type: notStarted ? NOT_STARTED : NO_ANSWER,
    message: 'The worker did not answer in time.',
  };
}
