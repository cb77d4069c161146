/**
 * The invitations of an import, which a child workflow sends: the import passes the operator's commands on and waits.
 */
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
import { detachedScope } from '../shared/cancellation.js';
import { DRAIN } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import type { sendInvitations } from '../send-invitations/index.js';
import { publish } from './messages.js';
import {
  beginInvitations,
  hasInvitations,
  invitationControl,
  recordEvent,
  type ImportRun,
} from './state.js';

type Child = ChildWorkflowHandle<typeof sendInvitations>;

/**
 * Sends the invitations that are due after the import of the rows.
 * @throws the cancellation, once the mails in flight have ended or the wait for them is over
 */
export async function inviteUsers(run: ImportRun): Promise<void> {
  const { state } = run;
  if (!hasInvitations(run)) return;
  // Not later: continuing as new would take the parent from the child.
  if (workflowInfo().continueAsNewSuggested) await continueRun(run);
  beginInvitations(state, Date.now());
  publish(run);
  const scope = detachedScope();
  const { child, control } = await scope.run(() => startSending(run));
  let isOver = false;
  const end = scope
    .run(() => child.result())
    .then(
      () => undefined,
      () => recordEarlyEnd(run),
    )
    .finally(() => (isOver = true));
  try {
    await passControlOn(run, child, control, () => isOver);
  } catch (cancellation) {
    recordEvent(
      state,
      'operator',
      'Cancelled: the mails in flight finish, then the report is written.',
      Date.now(),
    );
    publish(run);
    scope.cancel();
    await CancellationScope.nonCancellable(() => condition(() => isOver, DRAIN));
    throw cancellation;
  }
  await end;
}

/** @returns the child, with the control that it was started with */
async function startSending({
  ref,
  input,
  state,
}: ImportRun): Promise<{ child: Child; control: InvitationControl }> {
  const { method, expiresIn, window } = input.invitations;
  const { due } = state.counts;
  for (;;) {
    const control = invitationControl(state);
    try {
      const child = await startChild<typeof sendInvitations>(WORKFLOW_TYPES.sendInvitations, {
        workflowId: invitationsWorkflowId(ref),
        args: [{ run: ref, settings: { method, expiresIn, window }, due, control }],
        staticSummary: `Invite ${formatNumber(due)} users who have no password`,
      });
      return { child, control };
    } catch (error) {
      // After a reset of the import, the invitations of before may still be on their way.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('10 seconds', { summary: 'invitations are still being sent from before' });
    }
  }
}

/**
 * Passes each change of the control on, until the child has ended.
 * @param lastSent the control that the child has
 */
async function passControlOn(
  { state }: ImportRun,
  child: Child,
  lastSent: InvitationControl,
  isOver: () => boolean,
): Promise<void> {
  const hasChanged = (): boolean =>
    JSON.stringify(invitationControl(state)) !== JSON.stringify(lastSent);
  for (;;) {
    await condition(() => isOver() || hasChanged());
    if (isOver()) return;
    lastSent = invitationControl(state);
    await child.signal(CONTROL_SIGNAL, lastSent).catch(() => undefined); // The child has ended meanwhile.
  }
}

function recordEarlyEnd({ state }: ImportRun): void {
  recordEvent(
    state,
    'import',
    'The invitations ended before all of them were sent. Start the file again to send the rest.',
    Date.now(),
  );
}
