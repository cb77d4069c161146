/** The mails of an import, which a child sends: the import says how to go on, and waits for its end. */
import {
  CancellationScope,
  condition,
  sleep,
  startChild,
  type ChildWorkflowHandle,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { invitationsWorkflowId, WORKFLOW_TYPES } from '../../src/contract/ids.js';
import { CONTROL_SIGNAL, type InvitationControl } from '../../src/contract/invitations.js';
import { formatNumber } from '../../src/format.js';
import { DRAIN, continueRun } from './chunks.js';
import {
  invitesAnyone,
  recordMails,
  recordEvent,
  publishDetails,
  type ImportJob,
  type ImportState,
} from './state.js';
import type { sendInvitations } from '../send-invitations/index.js';

type Child = ChildWorkflowHandle<typeof sendInvitations>;

/**
 * Sends the invitations that the import's rows are due.
 * @throws the cancellation, once the mails in flight have ended or the wait for them is over
 */
export async function sendInvitationsOfRun(job: ImportJob): Promise<void> {
  if (!invitesAnyone(job)) return;
  // Once they are on their way there is no continuing as new: the child would lose its parent.
  if (workflowInfo().continueAsNewSuggested) await continueRun(job);
  const { state } = job;
  state.phase = 'inviting';
  recordMails(state, state.invited);
  if (state.held)
    recordEvent(state, 'import', 'Invitations are held. Send them with releaseInvitations.');
  publishDetails(job);
  /** Cancelling the import does not reach them at once: what is in flight finishes. */
  const scope = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  const { child, control } = await scope.run(() => start(job));
  let over = false;
  const end = scope
    .run(() => child.result())
    .then(
      () => undefined,
      () => recordEarlyEnd(job),
    )
    .finally(() => (over = true));
  try {
    await steer(job, child, control, () => over);
  } catch (cancellation) {
    recordEvent(
      state,
      'operator',
      'Cancelled: the mails in flight finish, then the report is written.',
    );
    publishDetails(job);
    scope.cancel();
    await CancellationScope.nonCancellable(() => condition(() => over, DRAIN));
    throw cancellation;
  }
  await end;
}

async function start({
  run,
  input,
  state,
}: ImportJob): Promise<{ child: Child; control: InvitationControl }> {
  const { method, expiresIn, window } = input.invitations;
  const { due } = state.counts;
  const settings = { method, expiresIn, ...(window && { window }) };
  for (;;) {
    const control = controlOf(state);
    try {
      const child = await startChild<typeof sendInvitations>(WORKFLOW_TYPES.sendInvitations, {
        workflowId: invitationsWorkflowId(run),
        args: [{ run, settings, due, control }],
        staticSummary: `Invite ${formatNumber(due)} users who have no password`,
      });
      return { child, control };
    } catch (error) {
      // After a reset of the import, those of before may still be on their way.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('10 seconds', { summary: 'invitations are still being sent from before' });
    }
  }
}

/**
 * Passes on what the admin says, until there is nobody left to invite.
 * @param known what the child knows already
 */
async function steer(
  { state }: ImportJob,
  child: Child,
  known: InvitationControl,
  isOver: () => boolean,
): Promise<void> {
  const hasChanged = (): boolean => JSON.stringify(controlOf(state)) !== JSON.stringify(known);
  for (;;) {
    await condition(() => isOver() || hasChanged());
    if (isOver()) return;
    known = controlOf(state);
    await child.signal(CONTROL_SIGNAL, known).catch(() => undefined); // It has ended meanwhile.
  }
}

function controlOf({ pausedBy, held, perMinute, resumes }: ImportState): InvitationControl {
  // For the token they wait themselves, and try it from time to time.
  const paused = pausedBy.some((reason) => reason !== 'token');
  return { paused, held, perMinute, resumes };
}

function recordEarlyEnd({ state }: ImportJob): void {
  recordEvent(
    state,
    'import',
    'The invitations ended before all of them were sent. Start the file again to send the rest.',
  );
}
