/** One attempt at an invitation, from its start to what its end means for the queue. */
import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { withoutLabel } from '../../src/contract/ids.js';
import {
  NO_ANSWER,
  NOT_STARTED,
  type Failure,
  type Invitation,
} from '../../src/invitations/queue.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { causeOf } from '../shared/failures.js';
import { publish } from './messages.js';
import {
  addNotices,
  attemptFailed,
  attemptSucceeded,
  startAttempt,
  type InvitationRun,
} from './state.js';

const { giveUpInvitation } = proxyActivities<Activities>(ACTIVITY_OPTIONS.giveUpInvitation);

/** Starts the next attempt. What is in flight finishes, also when the import is cancelled. */
export function sendNext(run: InvitationRun): void {
  const { invitation, waitMs } = startAttempt(run, Date.now());
  void CancellationScope.nonCancellable(() => attempt(run, invitation, waitMs)).finally(() => {
    run.inFlight--;
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
    const { notices, giveUp } = failed;
    if (giveUp !== undefined) {
      await giveUpInvitation({ run, chunk, line, why: giveUp });
      state.queue.counts.failed++;
    }
    addNotices(state, notices);
  }
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
