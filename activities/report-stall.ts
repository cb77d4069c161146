import type { Context } from '@temporalio/activity';
import type { RunRef } from '../src/contract/ids.js';
import { TROUBLE_SIGNAL, type Trouble } from '../src/contract/stall.js';
import { QuietTimes, type QuietTime } from '../src/flow-control/notification-throttle.js';

const QUIET_MS: Record<Trouble['kind'], QuietTime> = {
  // Each of them may halve the chunks in flight.
  overloaded: { first: 3_000, longest: 60_000 },
  unauthorized: { first: 60_000, longest: 600_000 },
  waiting: { first: 60_000, longest: 600_000 },
};
/** Of all attempts of this worker. */
const quietTimes = new QuietTimes();

/** How an activity tells its import what it waits for. What cannot be told, since Temporal is away, is left untold. */
export function tellImport(
  { client }: Pick<Context, 'client'>,
  run: RunRef,
): (trouble: Omit<Trouble, 'runId'>) => void {
  return (trouble) => {
    const { kind, text } = trouble;
    const what = [run.runId, kind, kind === 'overloaded' ? '' : text].join(' ');
    if (!quietTimes.isToTell(what, QUIET_MS[kind], Date.now())) return;
    client.workflow
      .getHandle(run.workflowId)
      .signal(TROUBLE_SIGNAL, { runId: run.runId, ...trouble } satisfies Trouble)
      .catch(() => undefined);
  };
}
