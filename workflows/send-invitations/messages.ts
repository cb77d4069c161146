/** The messages between the invitations and their import, and what Temporal's UI shows. */
import { getExternalWorkflowHandle, setCurrentDetails } from '@temporalio/workflow';
import {
  CONTROL_SIGNAL,
  HAND_OVER_SIGNAL,
  INVITATION_STATUS_SIGNAL,
} from '../../src/contract/invitations.js';
import { renderInvitationDetails } from '../../src/progress/invitation-details.js';
import { handleSignals } from '../shared/signals.js';
import { takeReport, type InvitationRun } from './state.js';

/** Nothing is taken from a signal but that it came: anybody may have sent it. */
export function handleMessages(run: InvitationRun): void {
  handleSignals((signals) => {
    for (const { name } of signals) {
      if (name === CONTROL_SIGNAL) run.isControlOld = true;
      if (name === HAND_OVER_SIGNAL) run.handsOver = true;
    }
    publish(run);
  });
}

/** Shows the progress in Temporal's UI, and lets the next step be chosen anew. */
export function publish(run: InvitationRun): void {
  const { input, state, inFlight } = run;
  run.hasChanged = true;
  setCurrentDetails(renderInvitationDetails({ request: input, ...state, inFlight }, Date.now()));
}

export async function reportStatus(run: InvitationRun): Promise<void> {
  await getExternalWorkflowHandle(run.input.run.workflowId)
    .signal(INVITATION_STATUS_SIGNAL, takeReport(run, Date.now()))
    .catch(() => undefined); // The import has ended; then so will this workflow.
}
