/**
 * Tells operators what a run has come to, by children of its own that it waits for no longer than for their start. Only
 * where the preflight has found a worker that has the settings: workflows cannot read them.
 */
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { notificationWorkflowId, WORKFLOW_TYPES, type RunRef } from '../../src/contract/ids.js';
import {
  channelsSchema,
  notificationName,
  type Channels,
  type Notification,
} from '../../src/contract/notification.js';
import { nothingTold, whatToTell, type Standing, type Told } from '../../src/notify/rules.js';
import type { notifyOperators } from '../notify-operators.js';
import { causeOf } from './failures.js';

/** A run whose operators may be told. */
export interface Telling {
  ref: RunRef;
  state: { told?: Told | undefined };
}

/** How it stands, and in numbers. */
export type Facts = Standing & Pick<Notification, 'of' | 'phase' | 'rows' | 'invitations'>;

/** A worker of a version that was stopped would never end it. */
const LONGEST = '2 days';

/** Children that are being started. */
let starting = 0;
/** When operators are to be told what has not changed until then. */
let wakesAt = Infinity;

/** None is lost by the end of an execution. */
export function areChildrenStarted(): boolean {
  return starting === 0;
}

/** Whatever the preflight has come to, it names the ways to tell operators. */
export async function learnChannels<Answer extends { channels?: Channels | undefined }>(
  { state }: Telling,
  preflight: () => Promise<Answer>,
): Promise<Answer> {
  const learn = (channels: unknown): void => {
    const { data } = channelsSchema().safeParse(channels);
    if (data) state.told ??= nothingTold(data);
  };
  try {
    const answer = await preflight();
    learn(answer.channels);
    return answer;
  } catch (error) {
    const cause = causeOf(error);
    const details = cause instanceof ApplicationFailure ? cause.details : undefined;
    learn((details?.[1] as { channels?: unknown } | null | undefined)?.channels);
    throw error;
  }
}

/**
 * Called after each change.
 * @param factsOf how the run stands
 */
export function tellOperators(run: Telling, factsOf: () => Facts): void {
  if (!run.state.told) return;
  const now = Date.now();
  const { occasions, isStalled, ...facts } = factsOf();
  const { told, tell, askAgainAt } = whatToTell(run.state.told, { occasions, isStalled }, now);
  run.state.told = told;
  const first = told.count - tell.length + 1;
  for (const [i, occasion] of tell.entries()) {
    start(run.ref, told.channels, {
      ...facts,
      ...occasion,
      number: first + i,
      at: new Date(now).toISOString(),
    });
  }
  if (askAgainAt < wakesAt) wake(askAgainAt, now, () => tellOperators(run, factsOf));
}

/** The end is told as everything else. */
export async function tellEnd(run: Telling, facts: Facts): Promise<void> {
  tellOperators(run, () => facts);
  await CancellationScope.nonCancellable(() => condition(areChildrenStarted));
}

function start(ref: RunRef, channels: Channels, notification: Notification): void {
  const workflowId = notificationWorkflowId(ref, notificationName(notification));
  starting++;
  void CancellationScope.nonCancellable(() =>
    startChild<typeof notifyOperators>(WORKFLOW_TYPES.notifyOperators, {
      workflowId,
      args: [{ run: ref, notification, channels }],
      staticSummary: `Tell operators: ${notification.what} (${notification.reason})`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      workflowExecutionTimeout: LONGEST,
    }),
  )
    // After a reset its id may be taken by the one of before. No run fails since nobody could be told.
    .catch(() => undefined)
    .finally(() => starting--);
}

function wake(at: number, now: number, ask: () => void): void {
  wakesAt = at;
  void CancellationScope.nonCancellable(async () => {
    await sleep(at - now, { summary: 'until operators may be told' });
    if (wakesAt === at) wakesAt = Infinity;
    ask();
  });
}
