/**
 * Whether a run, or an undo of it, goes on, as Temporal knows it. A workflow that merely has a name like theirs counts
 * for nothing. Temporal is asked without the SDK's client, which decodes the memo of each workflow that it lists, and
 * fails on one that is not JSON: anybody could start such a one, and hold up each purge.
 */
import { Context } from '@temporalio/activity';
import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  isUndoOf,
  namesInTurn,
  undoWorkflowId,
  WORKFLOW_TYPES,
  type RunRef,
} from '../src/contract/ids.js';
import { PROGRESS_QUERY } from '../src/contract/import/progress.js';
import type { UndoProgress } from '../src/contract/undo/progress.js';
import { memoText } from '../src/temporal.js';

/** Of the status codes of gRPC. */
const NOT_FOUND = 5;

/** Whether the newest run under a workflow id is this import and has not ended: an older one has. */
export async function isRunOpen({ workflowId, runId }: RunRef): Promise<boolean> {
  const found = await describeRunning(workflowId);
  if (found?.type?.name !== WORKFLOW_TYPES.importUsers) return false;
  // An older Temporal server does not say which run it is: then it may be this one.
  return !found.firstRunId || found.firstRunId === runId;
}

/** Whether any run of this import goes on, also one that has left nothing yet. */
export async function isImportOpen(workflowId: string): Promise<boolean> {
  return (await describeRunning(workflowId))?.type?.name === WORKFLOW_TYPES.importUsers;
}

/**
 * The workflow id of an undo of this import that goes on or waits for its approval. Temporal is asked for each by its
 * name, which it answers at once: what it lists is a second old.
 */
export async function openUndoOf(importId: string): Promise<string | undefined> {
  const names = namesInTurn(undoWorkflowId(importId));
  const found = await Promise.all(names.map((each) => describeRunning(each)));
  return names.find((each, i) => {
    const undo = found[i];
    if (undo?.type?.name !== WORKFLOW_TYPES.undoImport) return false;
    return isUndoOf(each, importId, memoText(undo.memo?.fields?.['import']?.data));
  });
}

/**
 * Whether any undo, whatever its workflow id, has found this run and not ended. Temporal lists an undo about a second
 * after its start; it changes nothing before it has found its run and was approved.
 */
export async function isBeingUndone(run: RunRef): Promise<boolean> {
  const { client, info } = Context.current();
  // Nobody answers for what waits in another task queue.
  const query = `WorkflowType = "${WORKFLOW_TYPES.undoImport}" AND ExecutionStatus = "Running" AND TaskQueue = "${info.taskQueue}"`;
  const { namespace } = client.options;
  const pages = pagesOf((nextPageToken) =>
    client.workflowService.listWorkflowExecutions({ namespace, query, nextPageToken }),
  );
  for await (const { executions } of pages) {
    for (const { execution } of executions) {
      const undone = await undoneBy(execution as RunRef);
      if (undone.some((each) => each.workflowId === run.workflowId && each.runId === run.runId)) {
        return true;
      }
    }
  }
  return false;
}

/** All pages of an answer of Temporal's that comes in pages. */
async function* pagesOf<Page extends { nextPageToken: Uint8Array }>(
  request: (nextPageToken: Uint8Array | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await request(nextPageToken);
    yield page;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length);
}

/** The runs that an undo has found. */
async function undoneBy({ workflowId, runId }: RunRef): Promise<RunRef[]> {
  if (!(await hasBegun({ workflowId, runId }))) return [];
  try {
    const handle = Context.current().client.workflow.getHandle(workflowId, runId);
    const progress = await handle.query<Partial<UndoProgress> | null>(PROGRESS_QUERY);
    return progress?.runs?.map(({ run }) => run) ?? [];
  } catch (error) {
    // Refused at its start, or gone since.
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
      return [];
    }
    throw error;
  }
}

/**
 * Whether an undo has come to its first activity, in this execution or an earlier one. One whose start lies ahead, or
 * whose first task fails again and again, cannot say what it undoes, and does nothing.
 */
async function hasBegun(execution: RunRef): Promise<boolean> {
  const { client } = Context.current();
  const { namespace } = client.options;
  const pages = pagesOf((nextPageToken) => {
    const request = { namespace, execution, maximumPageSize: 100, nextPageToken };
    return client.workflowService.getWorkflowExecutionHistory(request);
  });
  for await (const { history } of pages) {
    for (const event of history?.events ?? []) {
      if (event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId) return true;
      if (event.activityTaskScheduledEventAttributes) return true;
    }
  }
  return false;
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
  const { client } = Context.current();
  try {
    const { workflowExecutionInfo: found } = await client.workflowService.describeWorkflowExecution(
      {
        namespace: client.options.namespace,
        execution: { workflowId },
      },
    );
    return found?.closeTime ? undefined : (found ?? undefined);
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    if (code === NOT_FOUND) return undefined;
    throw error;
  }
}
