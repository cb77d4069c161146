/**
 * The invitations of an import, which a child workflow sends: the import passes the operator's commands on and waits.
 */
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  startChild,
  type ChildWorkflowHandle,
  workflowInfo,
} from '@temporalio/workflow';
import { invitationsWorkflowId, WORKFLOW_TYPES } from '../../src/contract/ids.js';
import {
  CONTROL_SIGNAL,
  HAND_OVER_SIGNAL,
  type InvitationControl,
  type InvitationsEnd,
} from '../../src/contract/invitations.js';
import { formatNumber } from '../../src/format.js';
import { detachedScope, waitUntil } from '../shared/cancellation.js';
import { DRAIN } from '../shared/chunk-window.js';
import { continueRun } from '../shared/continue-as-new.js';
import type { sendInvitations } from '../send-invitations/index.js';
import { startChildOf } from './children.js';
import { publish } from './messages.js';
import {
  beginInvitations,
  hasInvitations,
  invitationControl,
  recordCancellation,
  recordEvent,
  type ImportRun,
} from './state.js';

type Child = ChildWorkflowHandle<typeof sendInvitations>;

/**
 * Sends the invitations that are due after the import of the rows; continues as new when the history has become long.
 * @throws the cancellation, once the mails in flight have ended or the wait for them is over
 */
export async function inviteUsers(run: ImportRun): Promise<void> {
  const { state } = run;
  if (!hasInvitations(run)) return;
  beginInvitations(state, Date.now());
  publish(run);
  await untilReleased(run);
  const end = await sendAll(run);
  if (end?.carried) {
    state.invitations = end.carried;
    await continueRun(run);
  }
}

/** While they are held nothing is sent, so nothing has to be started. */
async function untilReleased(run: ImportRun): Promise<void> {
  const isReleased = () => !run.state.held;
  const isLong = () => workflowInfo().continueAsNewSuggested;
  await waitUntil(CancellationScope.current(), () => isReleased() || isLong());
  // Continuing as new would take the parent from a workflow that sends invitations.
  if (isLong()) await continueRun(run);
}

/** @returns undefined when they ended before all were sent */
async function sendAll(run: ImportRun): Promise<InvitationsEnd | undefined> {
  const { state } = run;
  const scope = detachedScope();
  const { child, control } = await startSending(run, scope);
  let isOver = false;
  const end = scope
    .run(() => child.result())
    .catch(() => {
      recordEarlyEnd(run);
      return undefined;
    })
    .finally(() => (isOver = true));
  try {
    await passControlOn(run, child, control, () => isOver);
  } catch (cancellation) {
    recordCancellation(
      state,
      'Cancelled: the mails in flight finish, then the report is written.',
      Date.now(),
    );
    publish(run);
    scope.cancel();
    await CancellationScope.nonCancellable(() => condition(() => isOver, DRAIN));
    throw cancellation;
  }
  return await end;
}

/**
 * @param scope of the child
 * @returns the child, with the control that it was started with
 */
async function startSending(
  run: ImportRun,
  scope: CancellationScope,
): Promise<{ child: Child; control: InvitationControl }> {
  const { ref, input, state } = run;
  const { method, expiresIn, window } = input.invitations;
  const { due } = state.counts;
  const { invitations: carried } = state;
  const start = async (workflowId: string) => {
    const control = invitationControl(state);
    const settings = { method, expiresIn, window };
    const child = await scope.run(() =>
      startChild<typeof sendInvitations>(WORKFLOW_TYPES.sendInvitations, {
        workflowId,
        args: [{ run: ref, settings, due, control, carried }],
        staticSummary: `Invite ${formatNumber(due)} users who have no password`,
      }),
    );
    return { child, control };
  };
  // Nobody else tells it of the operator's commands any more.
  const urge = (workflowId: string) =>
    getExternalWorkflowHandle(workflowId)
      .signal(HAND_OVER_SIGNAL)
      .catch(() => undefined); // It has ended.
  const started = await startChildOf(run, invitationsWorkflowId(ref), start, urge);
  delete state.invitations;
  return started;
}

/**
 * Tells the child of each change of the control, and of a history that has become long, until it has ended.
 * @param lastTold the control that the child has
 */
async function passControlOn(
  { state }: ImportRun,
  child: Child,
  lastTold: InvitationControl,
  isOver: () => boolean,
): Promise<void> {
  const hasChanged = (): boolean =>
    JSON.stringify(invitationControl(state)) !== JSON.stringify(lastTold);
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  // The child may have ended meanwhile.
  const tell = (name: string) => child.signal(name).catch(() => undefined);
  while (!isOver() && !isLong()) {
    await condition(() => isOver() || isLong() || hasChanged());
    if (isOver() || !hasChanged()) continue;
    lastTold = invitationControl(state);
    await tell(CONTROL_SIGNAL);
  }
  if (!isOver()) await tell(HAND_OVER_SIGNAL);
  await condition(isOver);
}

function recordEarlyEnd({ state }: ImportRun): void {
  recordEvent(
    state,
    'import',
    'The invitations ended before all of them were sent. Start the file again to send the rest.',
    Date.now(),
  );
}
