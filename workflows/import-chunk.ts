/** One chunk of an import, as a workflow of its own so that its history stays out of the import's. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, ChunkRequest } from '../activities/index.js';
import { chunkLabel } from '../src/contract/ids.js';
import type { ChunkResult } from '../src/contract/import/outcomes.js';
import { ACTIVITY_OPTIONS } from './shared/activity-options.js';
import { failRun } from './shared/failures.js';

/** Started by its import only, which has a validated plan to refer to. */
export async function importChunk(request: ChunkRequest): Promise<ChunkResult> {
  const { parent } = workflowInfo();
  if (parent?.workflowId !== request.run.workflowId) {
    throw failRun(
      'InvalidInput',
      `A chunk is started by its import, never by hand: start importUsers. ${chunkLabel(request.run, request.chunk)}`,
    );
  }
  const summary = `Import the rows of chunk ${request.chunk}`;
  return proxyActivities<Activities>({ ...ACTIVITY_OPTIONS.importRows, summary }).importRows(
    request,
  );
}
