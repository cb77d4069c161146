/** Whether a run goes on, as Temporal knows it. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunRef } from '../src/contract/ids.js';

/** Whether the newest run under a workflow id is this one and has not ended: an older one has. */
export async function isRunOpen({ workflowId, runId }: RunRef): Promise<boolean> {
  const found = await describe(workflowId);
  return found?.status.name === 'RUNNING' && found.raw.workflowExecutionInfo?.firstRunId === runId;
}

/** Whether any run of a workflow id has not ended. */
export async function isWorkflowOpen(workflowId: string): Promise<boolean> {
  return (await describe(workflowId))?.status.name === 'RUNNING';
}

/** Undefined for a run that Temporal has forgotten: it keeps ended runs for a time only. */
async function describe(workflowId: string) {
  try {
    return await Context.current().client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
