/** One chunk of an import, as a workflow of its own so that its history stays out of the import's. */
import { ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, ChunkRequest } from '../activities/index.js';
import { FATAL } from '../src/contract/failures.js';
import { chunkLabel } from '../src/contract/ids.js';
import type { ChunkResult } from '../src/contract/import/outcomes.js';

const OPTIONS = {
  // All chunks of a worker share its cores for hashing: fifty of 1,000 passwords take hours. Heartbeats tell of a dead one.
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const;

/** Started by its import only: nobody else has a validated plan to refer to. */
export async function importChunk(request: ChunkRequest): Promise<ChunkResult> {
  const { parent } = workflowInfo();
  if (parent?.workflowId !== request.run.workflowId) {
    throw ApplicationFailure.create({
      type: FATAL.InvalidInput,
      nonRetryable: true,
      message: `A chunk is started by its import, never by hand: start importUsers. ${chunkLabel(request.run, request.chunk)}`,
    });
  }
  const summary = `Import the rows of chunk ${request.chunk}`;
  return proxyActivities<Activities>({ ...OPTIONS, summary }).importRows(request);
}
