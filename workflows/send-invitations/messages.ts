/** The messages between the invitations and their import, and what Temporal's UI shows. */
import {
  getExternalWorkflowHandle,
  setCurrentDetails,
  setDefaultSignalHandler,
} from '@temporalio/workflow';
import {
  CONTROL_SIGNAL,
  INVITATION_STATUS_SIGNAL,
  isInvitationControl,
} from '../../src/contract/invitations.js';
import { renderInvitationDetails } from '../../src/progress/invitation-details.js';
import { applyControl, takeReport, type InvitationRun } from './state.js';

export function handleControl(run: InvitationRun): void {
  setDefaultSignalHandler((name, ...[control]: unknown[]) => {
    if (name !== CONTROL_SIGNAL || !isInvitationControl(control)) return;
    applyControl(run.state, control, Date.now());
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
