/** Starting a workflow under the name that its command knows it by. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { namesInTurn } from '../contract/ids.js';
import { taskQueue } from '../temporal.js';
import { CommandError, EXIT } from './exit.js';

/**
 * Starts a workflow under a name or, where something else runs under it, under the next that is free.
 * @param title what Temporal's UI shows of it, with the details below
 * @param memo what its lists show of it
 * @param isSame whether what runs under the name is what would be started
 * @returns the handle, and whether it was started just now: the same may be running already
 */
export async function startNamed(
  client: Client,
  {
    type,
    name,
    args,
    title,
    details,
    memo,
  }: {
    type: string;
    name: string;
    args: unknown[];
    title: string;
    details: string;
    memo: Record<string, string>;
  },
  isSame: (running: WorkflowHandle) => Promise<boolean>,
): Promise<{ handle: WorkflowHandle; started: boolean }> {
  const names = namesInTurn(name);
  for (const workflowId of names) {
    const handle = client.workflow.getHandle(workflowId);
    try {
      await client.workflow.start(type, {
        taskQueue: taskQueue(),
        workflowId,
        workflowIdConflictPolicy: 'FAIL',
        args,
        staticSummary: title,
        staticDetails: details,
        memo,
      });
      return { handle, started: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if ((await runsWithType(handle, type)) && (await isSame(handle))) {
      return { handle, started: false };
    }
  }
  throw new CommandError(
    `Other workflows run as ${name} and ${names[1]} to ${names.at(-1)}: end those that nobody needs.`,
    EXIT.wrongUse,
  );
}

/** Whether a worker of this queue runs it, as a workflow of this type. */
async function runsWithType(handle: WorkflowHandle, wanted: string): Promise<boolean> {
  try {
    const found = await handle.describe();
    return found.type === wanted && found.taskQueue === taskQueue();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
