/**
 * Whether a run, or an undo of it, goes on, as Temporal knows it. A workflow that merely has a name like theirs counts
 * for nothing.
 */
import { Context } from '@temporalio/activity';
import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { WORKFLOW_TYPES, type RunRef } from '../src/contract/ids.js';
import { PROGRESS_QUERY } from '../src/contract/import/progress.js';
import type { UndoProgress } from '../src/contract/undo/progress.js';

/** Whether the newest run under a workflow id is this import and has not ended: an older one has. */
export async function isRunOpen({ workflowId, runId }: RunRef): Promise<boolean> {
  const found = await describeRunning(workflowId);
  if (found?.type !== WORKFLOW_TYPES.importUsers) return false;
  const first = found.raw.workflowExecutionInfo?.firstRunId;
  // An older Temporal server does not say which run it is: then it may be this one.
  return !first || first === runId;
}

/**
 * Whether any undo, whatever its workflow id, has found this run and not ended. Temporal lists an undo about a second
 * after its start; it changes nothing before it has found its run and was approved.
 */
export async function isBeingUndone(run: RunRef): Promise<boolean> {
  const { client, info } = Context.current();
  // Nobody answers for what waits in another task queue.
  const query = `WorkflowType = "${WORKFLOW_TYPES.undoImport}" AND ExecutionStatus = "Running" AND TaskQueue = "${info.taskQueue}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const undoOf = await undoneBy({ workflowId, runId });
    if (undoOf?.workflowId === run.workflowId && undoOf.runId === run.runId) return true;
  }
  return false;
}

async function undoneBy({ workflowId, runId }: RunRef): Promise<RunRef | null | undefined> {
  try {
    const handle = Context.current().client.workflow.getHandle(workflowId, runId);
    return (await handle.query<Partial<UndoProgress> | null>(PROGRESS_QUERY))?.undoOf;
  } catch (error) {
    // Refused at its start, or gone since.
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Whether what runs under the workflow id of an import's child is somebody else's. The name of a workflow's parent is
 * Temporal's word; its own name is anybody's.
 */
export async function isForeign(run: RunRef, childId: string): Promise<boolean> {
  const found = await describeRunning(childId);
  return found !== undefined && found.parentExecution?.workflowId !== run.workflowId;
}

/** Undefined for a workflow that has ended, or that Temporal has forgotten: it keeps ended ones for a time only. */
async function describeRunning(workflowId: string) {
  try {
    const found = await Context.current().client.workflow.getHandle(workflowId).describe();
    return found.status.name === 'RUNNING' ? found : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
