/** Invitations on their way: what is known of them, what they show and what they tell the import. */
import {
  getExternalWorkflowHandle,
  setCurrentDetails,
  setDefaultSignalHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CONTROL_SIGNAL,
  isControl,
  NEWS_SIGNAL,
  type InvitationsControl,
  type InvitationsNews,
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
  control: InvitationsControl;
  queue: Queue;
  pace: MailPace;
  /** When mails may go out, as far as it is known; only where there is a window. */
  opening?: Opening;
  /** What the import has not been told yet. */
  news: string[];
  /** When the import was told last, and how often in all. */
  told: { at: number; times: number };
  /** Whether something has happened since. */
  untold: boolean;
}

export function beginInvitations(
  request: InvitationsRequest,
  carried: InvitationsState | undefined,
): InvitationsJob {
  const state = carried ?? {
    control: request.control,
    queue: newQueue(),
    pace: newPace(Date.now()),
    news: [],
    told: { at: 0, times: 0 },
    untold: false,
  };
  const job = { request, state, inFlight: 0, changed: false };
  setDefaultSignalHandler((name, ...[control]: unknown[]) => {
    if (name === CONTROL_SIGNAL && isControl(control)) takeControl(job, control);
  });
  return job;
}

function takeControl(job: InvitationsJob, control: InvitationsControl): void {
  const { state } = job;
  if (control.resumes > state.control.resumes) resumeQueue(state.queue);
  state.pace = rateChanged(state.pace, control.perMinute, Date.now());
  state.control = control;
  showInvitations(job);
}

/** Puts the progress where the Temporal UI shows it. */
export function showInvitations(job: InvitationsJob): void {
  const { request, state, inFlight } = job;
  job.changed = true;
  setCurrentDetails(renderInvitationDetails({ request, ...state, inFlight }, Date.now()));
}

/** There is something to tell the import: what the admin should know of, or only how many there are. */
export function addNews(state: InvitationsState, notices: string[]): void {
  state.news.push(...notices);
  state.untold = true;
}

/** Each telling costs the import's history some events, and there may be mails for weeks. */
const QUIET: [times: number, ms: number][] = [
  [100, 3_000],
  [300, 15_000],
  [1000, 60_000],
  [Infinity, 300_000],
];

/** When the import is to be told how they stand. */
export function tellAt({ untold, news, told }: InvitationsState): number {
  if (news.length > 0) return 0;
  const quiet = QUIET.find(([times]) => told.times < times)![1];
  return untold ? told.at + quiet : Infinity;
}

export async function tell({ request: { run }, state }: InvitationsJob): Promise<void> {
  const { news: notices, queue, control } = state;
  state.news = [];
  state.untold = false;
  state.told = { at: Date.now(), times: state.told.times + 1 };
  const { counts, stopped, away } = queue;
  const awaitsToken = away?.awaitsToken ?? false;
  const { resumes } = control;
  const news: InvitationsNews = {
    runId: run.runId,
    counts,
    notices,
    stopped,
    awaitsToken,
    resumes,
  };
  await getExternalWorkflowHandle(workflowInfo().parent!.workflowId)
    .signal(NEWS_SIGNAL, news)
    .catch(() => undefined); // It has ended; then so will this.
}
