/** Whether a run still has the last word of its source: it may have waited for an approval for days. */
import { InputError } from '../src/contract/errors.js';
import type { Plan } from '../src/store/plan.js';
import { readNights } from '../src/store/source-nights.js';
import type { Store } from '../src/store/store.js';

/**
 * @throws InputError where another run of the source has ended since the file was validated
 */
export async function refuseOvertaken(
  runs: Store,
  { run, source, at }: Pick<Plan, 'run' | 'source' | 'at'>,
): Promise<void> {
  if (!source) return;
  const [last] = await readNights(runs, source.name, 1);
  if (!last || last.run.runId === run.runId || last.finishedAt < at) return;
  throw new InputError(
    `Another run of the source ${source.name} has ended since this file was validated: ${last.run.workflowId}. What this file says may be older, so this run changes nobody any more, and nobody leaves by it. Start it again if its file is the newer one.`,
  );
}
