import type { Context } from '@temporalio/activity';
import type { RunRef } from '../src/contract/ids.js';
import { STALL_SIGNAL, type StallReport } from '../src/contract/stall.js';
import {
  NotificationThrottle,
  type ThrottleInterval,
} from '../src/flow-control/notification-throttle.js';

const QUIET_MS: Record<StallReport['kind'], ThrottleInterval> = {
  // Each of them may halve the chunks in flight.
  overloaded: { first: 3_000, longest: 60_000 },
  unauthorized: { first: 60_000, longest: 600_000 },
  unavailable: { first: 60_000, longest: 600_000 },
};
/** Of all attempts of this worker. */
const quietTimes = new NotificationThrottle();

/** How an activity tells its import what it waits for. What cannot be told, since Temporal is away, is left untold. */
export function createStallReporter(
  { client }: Pick<Context, 'client'>,
  run: RunRef,
): (stall: Omit<StallReport, 'runId'>) => void {
  return (stall) => {
    const { kind, text } = stall;
    const what = [run.runId, kind, kind === 'overloaded' ? '' : text].join(' ');
    if (!quietTimes.shouldNotify(what, QUIET_MS[kind], Date.now())) return;
    client.workflow
      .getHandle(run.workflowId)
      .signal(STALL_SIGNAL, { runId: run.runId, ...stall } satisfies StallReport)
      .catch(() => undefined);
  };
}
