import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunRef } from '../src/contract/ids.js';

/** Whether the newest run under a workflow id is this one and has not ended: an older one has. */
export async function isRunOpen({ workflowId, runId }: RunRef): Promise<boolean> {
  const found = await described(workflowId);
  return found?.status.name === 'RUNNING' && found.raw.workflowExecutionInfo?.firstRunId === runId;
}

/** Whether any run of a workflow id has not ended. */
export async function isWorkflowOpen(workflowId: string): Promise<boolean> {
  return (await described(workflowId))?.status.name === 'RUNNING';
}

/** Undefined for what Temporal does not know any more: it keeps what has ended for a time only. */
async function described(workflowId: string) {
  try {
    return await Context.current().client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
