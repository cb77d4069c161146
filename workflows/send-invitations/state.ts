/** Invitations on their way: what is known of them, what they show and what they tell the import. */
import {
  getExternalWorkflowHandle,
  setCurrentDetails,
  setDefaultSignalHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CONTROL_SIGNAL,
  isInvitationControl,
  INVITATION_STATUS_SIGNAL,
  type InvitationControl,
  type InvitationStatus,
  type InvitationsRequest,
} from '../../src/contract/invitations.js';
import { newQueue, resumeQueue, type Queue } from '../../src/invitations/queue.js';
import { renderInvitationDetails } from '../../src/progress/invitation-details.js';
import { newPace, rateChanged, type MailPace } from '../../src/invitations/pace.js';
import type { Opening } from '../../src/invitations/window.js';

export interface InvitationsJob {
  request: InvitationsRequest;
  state: InvitationsState;
  /** Attempts that have not ended. */
  inFlight: number;
  /** Something has happened that the next step may depend on. */
  changed: boolean;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface InvitationsState {
  control: InvitationControl;
  queue: Queue;
  pace: MailPace;
  /** When mails may go out, as far as it is known; only where there is a window. */
  opening?: Opening;
  /** What the import has not been told yet. */
  notices: string[];
  /** When the import was told last, and how often in all. */
  lastReport: { at: number; times: number };
  /** Whether something has happened since. */
  dirty: boolean;
}

export function beginInvitations(
  request: InvitationsRequest,
  carried: InvitationsState | undefined,
): InvitationsJob {
  const state = carried ?? {
    control: request.control,
    queue: newQueue(),
    pace: newPace(Date.now()),
    notices: [],
    lastReport: { at: 0, times: 0 },
    dirty: false,
  };
  const job = { request, state, inFlight: 0, changed: false };
  setDefaultSignalHandler((name, ...[control]: unknown[]) => {
    if (name === CONTROL_SIGNAL && isInvitationControl(control)) onControl(job, control);
  });
  return job;
}

function onControl(job: InvitationsJob, control: InvitationControl): void {
  const { state } = job;
  if (control.resumes > state.control.resumes) resumeQueue(state.queue);
  state.pace = rateChanged(state.pace, control.perMinute, Date.now());
  state.control = control;
  publishDetails(job);
}

/** Puts the progress where the Temporal UI shows it. */
export function publishDetails(job: InvitationsJob): void {
  const { request, state, inFlight } = job;
  job.changed = true;
  setCurrentDetails(renderInvitationDetails({ request, ...state, inFlight }, Date.now()));
}

/** There is something to tell the import: what the admin should know of, or only how many there are. */
export function addNotices(state: InvitationsState, notices: string[]): void {
  state.notices.push(...notices);
  state.dirty = true;
}

/** Each telling costs the import's history some events, and there may be mails for weeks. */
const QUIET: [times: number, ms: number][] = [
  [100, 3_000],
  [300, 15_000],
  [1000, 60_000],
  [Infinity, 300_000],
];

/** When the import is to be told how they stand. */
export function nextReportAt({ dirty, notices, lastReport }: InvitationsState): number {
  if (notices.length > 0) return 0;
  const quiet = QUIET.find(([times]) => lastReport.times < times)![1];
  return dirty ? lastReport.at + quiet : Infinity;
}

export async function reportStatus({ request: { run }, state }: InvitationsJob): Promise<void> {
  const { notices: notices, queue, control } = state;
  state.notices = [];
  state.dirty = false;
  state.lastReport = { at: Date.now(), times: state.lastReport.times + 1 };
  const { counts, stopped, away } = queue;
  const awaitsToken = away?.awaitsToken ?? false;
  const { resumes } = control;
  const news: InvitationStatus = {
    runId: run.runId,
    counts,
    notices,
    stopped,
    awaitsToken,
    resumes,
  };
  await getExternalWorkflowHandle(workflowInfo().parent!.workflowId)
    .signal(INVITATION_STATUS_SIGNAL, news)
    .catch(() => undefined); // It has ended; then so will this.
}
