import type { Context } from '@temporalio/activity';
import type { RunRef } from '../src/contract/ids.js';
import { TROUBLE_SIGNAL, type Trouble } from '../src/contract/trouble.js';

/** The same is not told again within this time, whichever attempt of this worker it comes from. */
const QUIET_MS: Record<Trouble['kind'], number> = {
  // Each of them halves the chunks in flight.
  overloaded: 3_000,
  unauthorized: 60_000,
  waiting: 60_000,
};
const MOST_REMEMBERED = 1000;
const toldAt = new Map<string, number>();

/** How an activity tells its import what it waits for. What cannot be told, since Temporal is away, is left untold. */
export function tellImport(
  { client }: Pick<Context, 'client'>,
  run: RunRef,
): (trouble: Omit<Trouble, 'runId'>) => void {
  return (trouble) => {
    const what = `${run.runId} ${trouble.kind} ${trouble.kind === 'overloaded' ? '' : trouble.text}`;
    const now = Date.now();
    if (now - (toldAt.get(what) ?? 0) < QUIET_MS[trouble.kind]) return;
    if (toldAt.size >= MOST_REMEMBERED) toldAt.clear();
    toldAt.set(what, now);
    client.workflow
      .getHandle(run.workflowId)
      .signal(TROUBLE_SIGNAL, { runId: run.runId, ...trouble } satisfies Trouble)
      .catch(() => undefined);
  };
}
