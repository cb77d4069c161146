/**
 * The invitations of an import: one mail after the other at the rate that the import orders, while it is not paused and
 * the sending window is open; at a high rate many of them in one step. The queue is filled page by page with chunks and
 * lines; no address is ever in the history.
 */
import { CancellationScope, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import { runLabel } from '../../src/contract/ids.js';
import type { InvitationsEnd, InvitationsRequest } from '../../src/contract/invitations.js';
import { isEmpty } from '../../src/invitations/queue.js';
import { ACTIVITY_OPTIONS } from '../shared/activity-options.js';
import { throwIfCancelled } from '../shared/cancellation.js';
import { carry, continueRun, parseCarried, takeCarried } from '../shared/continue-as-new.js';
import { endsRun, failRun } from '../shared/failures.js';
import { sendNext } from './attempt.js';
import { sendingStateSchema } from './carried.js';
import { handleMessages, publish, reportStatus } from './messages.js';
import {
  applyControl,
  newState,
  nextStep,
  pageListed,
  type InvitationRun,
  type Step,
} from './state.js';

const { listDueInvitations } = proxyActivities<Activities>(ACTIVITY_OPTIONS.listDueInvitations);
const { readInvitationControl } = proxyActivities<Activities>(
  ACTIVITY_OPTIONS.readInvitationControl,
);
const { nextOpening } = proxyActivities<Activities>(ACTIVITY_OPTIONS.nextOpening);

/** Started by its import only. */
export async function sendInvitations(
  request: InvitationsRequest,
  carried?: unknown,
): Promise<InvitationsEnd> {
  const run = begin(request, carried);
  handleMessages(run);
  publish(run);
  try {
    let step: Step;
    while ((step = await waitForStep(run)) !== 'over') await STEPS[step](run);
  } catch (error) {
    if (!endsRun(error)) throw error;
    await CancellationScope.nonCancellable(() => endEarly(run));
    throw error;
  }
  await reportStatus(run);
  const { state } = run;
  const { counts } = state.queue;
  return isEmpty(state.queue) ? { counts } : { counts, carried: carry(state) };
}

function begin(request: InvitationsRequest, carried: unknown): InvitationRun {
  if (workflowInfo().parent?.workflowId !== request.run.workflowId) {
    throw failRun(
      'InvalidInput',
      `Invitations are sent by their import, never by hand: start importUsers. ${runLabel(request.run)}`,
    );
  }
  const { carried: handedOver, ...input } = request;
  const state = takeCarried(carried, sendingStateSchema) ?? newState(input, Date.now());
  const run = {
    input,
    state,
    inFlight: 0,
    stepsInFlight: 0,
    manyStartedAt: [],
    hasChanged: false,
    isControlOld: false,
    handsOver: false,
  };
  if (carried === undefined && handedOver !== undefined) {
    run.state = parseCarried(handedOver, sendingStateSchema());
    applyControl(run.state, input.control, Date.now());
  }
  return run;
}

/**
 * Waits until there is something to do.
 * @throws the cancellation, once there is one
 */
async function waitForStep(run: InvitationRun): Promise<Step> {
  const scope = CancellationScope.current();
  for (;;) {
    await throwIfCancelled(scope);
    const now = Date.now();
    const { step, at } = nextStep(run, workflowInfo().continueAsNewSuggested, now);
    if (at <= now) return step;
    run.hasChanged = false;
    const hasChanged = () => run.hasChanged;
    if (at === Infinity) await condition(hasChanged);
    else await condition(hasChanged, Math.max(at - now, 1));
  }
}

async function readControl(run: InvitationRun): Promise<void> {
  run.isControlOld = false;
  const control = await readInvitationControl({ run: run.input.run });
  applyControl(run.state, control, Date.now());
  publish(run);
}

const STEPS: Record<Exclude<Step, 'over'>, (run: InvitationRun) => Promise<void> | void> = {
  control: readControl,
  report: reportStatus,
  page: turnToNextPage,
  opening: findOpening,
  mail: sendNext,
  'continue-as-new': continueRun,
};

async function turnToNextPage({ input: { run }, state }: InvitationRun): Promise<void> {
  const from = state.queue.nextChunk!;
  pageListed(state, (await listDueInvitations({ run, from })) ?? undefined);
}

async function findOpening(run: InvitationRun): Promise<void> {
  const { run: ref, settings } = run.input;
  // By the workflow's clock: a worker's clock may be behind, and find the window open that has just closed.
  const at = Date.now();
  run.state.opening = await nextOpening({ run: ref, window: settings.window!, at });
  publish(run);
}

async function endEarly(run: InvitationRun): Promise<void> {
  await condition(() => run.inFlight === 0);
  await reportStatus(run);
}
