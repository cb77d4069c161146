/** Some chunks of an import, as a workflow of its own so that its history stays out of the import's. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, PortionRequest } from '../activities/index.js';
import { chunkLabel } from '../src/contract/ids.js';
import type { PortionResult } from '../src/contract/import/portion.js';
import { ACTIVITY_OPTIONS } from './shared/activity-options.js';
import { failRun } from './shared/failures.js';

/** Started by its import only, which has a validated plan to refer to. Cancelled, it hands back what is not done. */
export async function importChunk(request: PortionRequest): Promise<PortionResult> {
  const { run, chunk, chunks } = request;
  const { parent } = workflowInfo();
  if (parent?.workflowId !== run.workflowId) {
    throw failRun(
      'InvalidInput',
      `A chunk is started by its import, never by hand: start importUsers. ${chunkLabel(run, chunk)}`,
    );
  }
  const which = chunks === 1 ? `chunk ${chunk}` : `chunks ${chunk} to ${chunk + chunks - 1}`;
  const { importRows } = proxyActivities<Activities>({
    ...ACTIVITY_OPTIONS.importRows,
    summary: `Import the rows of ${which}`,
  });
  return importRows(request);
}
