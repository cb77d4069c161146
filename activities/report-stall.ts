/** Reports of stalls from an activity to its workflow, as signals. */
import type { Context } from '@temporalio/activity';
import { cutText } from '../src/contract/bounds.js';
import type { RunRef } from '../src/contract/ids.js';
import { STALL_SIGNAL, type StallReport } from '../src/contract/stall.js';
import {
  NotificationThrottle,
  type ThrottleInterval,
} from '../src/flow-control/notification-throttle.js';

const INTERVALS: Record<StallReport['kind'], ThrottleInterval> = {
  // Each report may halve the chunks in flight.
  overloaded: { first: 3_000, longest: 600_000 },
  // Nothing can continue as new while an activity waits: it may wait for months.
  unauthorized: { first: 60_000, longest: 1_800_000 },
  unavailable: { first: 60_000, longest: 1_800_000 },
};
/** Shared by all attempts of this worker. */
const throttle = new NotificationThrottle();

/** Makes the function with which an activity reports what it waits for. Reports are dropped while Temporal is away. */
export function createStallReporter(
  { client }: Pick<Context, 'client'>,
  run: RunRef,
): (stall: Omit<StallReport, 'runId'>) => void {
  return (stall) => {
    const { kind, text } = stall;
    const what = [run.runId, kind, kind === 'overloaded' ? '' : text].join(' ');
    if (!throttle.shouldNotify(what, INTERVALS[kind], Date.now())) return;
    client.workflow
      .getHandle(run.workflowId)
      .signal(STALL_SIGNAL, { runId: run.runId, kind, text: cutText(text) } satisfies StallReport)
      .catch(() => undefined);
  };
}
