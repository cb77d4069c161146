/** Undoing an import: shows the plan, and carries it out once it is approved. */
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { parseUndoInput, type UndoRequest } from '../contract/undo/input.js';
import { isUndoProgress, type UndoProgress } from '../contract/undo/progress.js';
import { undoWorkflowId, WORKFLOW_TYPES } from '../contract/ids.js';
import type { Print } from './command-context.js';
import { executeUpdate } from './execute-update.js';
import { CommandError, EXIT } from './exit.js';
import { taskQueue } from '../temporal.js';
import { follow, followUntil, isUndo, renderGoesOn } from './follow.js';
import { progressDisplay } from './progress-display.js';
import { renderPlan, renderUndoWaiting } from './render-undo.js';

export interface UndoOptions {
  run?: string;
  actor?: string;
  force?: boolean;
  yes?: boolean;
}

/** @returns the exit status */
export async function undoImport(
  client: Client,
  id: string,
  options: UndoOptions,
  print: Print,
): Promise<number> {
  const { run, actor = userInfo().username, force = false } = options;
  const request = { workflowId: id, runId: run, actor, force };
  const handle = await start(client, request, print);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { signal } = interrupted;

  const plan = await untilPlanned(handle, signal);
  if (plan === 'interrupted') return goesOn(handle, print);
  if (plan?.phase === 'awaiting-approval') {
    for (const line of renderPlan(plan)) print(line);
    if (force && !plan.forced) throw withoutForce(handle);
    if (!options.yes) {
      if (!process.stdin.isTTY || !process.stdout.isTTY) {
        for (const line of renderUndoWaiting(plan, handle.workflowId)) print(line);
        return EXIT.done;
      }
      const answer = await confirm(id);
      if (answer === 'interrupted') return goesOn(handle, print);
      if (answer === 'no') {
        await handle.cancel();
        print('Nothing was undone.');
        return EXIT.incomplete;
      }
    }
    await executeUpdate(handle, 'approve', []);
  }
  const status = await follow(handle, process.stdout, signal);
  return status === EXIT.interrupted ? goesOn(handle, print) : status;
}

/** Starts the undo, or joins the undo that is running. */
async function start(client: Client, request: UndoRequest, print: Print): Promise<WorkflowHandle> {
  const parsed = parseUndoInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  const workflowId = undoWorkflowId(request.workflowId);
  try {
    const handle = await client.workflow.start(WORKFLOW_TYPES.undoImport, {
      taskQueue: taskQueue(),
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
    });
    print(`Started ${workflowId}: it reads every user first, and changes nothing.`);
    return client.workflow.getHandle(handle.workflowId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const handle = client.workflow.getHandle(workflowId);
  if (!(await isUndo(handle))) {
    throw new CommandError(
      `${workflowId} is the id of an import that is running. Undo it when that has ended.`,
      EXIT.wrongUse,
    );
  }
  print(`The import is being undone already, as ${workflowId}; nothing was started.`);
  return handle;
}

/** @returns undefined when the undo has ended before there was a plan to approve */
async function untilPlanned(
  handle: WorkflowHandle,
  signal: AbortSignal,
): Promise<UndoProgress | 'interrupted' | undefined> {
  const display = progressDisplay(process.stdout, handle.workflowId);
  let plan: UndoProgress | undefined;
  try {
    const isOver = await followUntil(
      handle,
      display,
      (progress) => {
        if (!isUndoProgress(progress) || !HAS_PLAN.has(progress.phase)) return false;
        plan = progress;
        return true;
      },
      signal,
    );
    return isOver ? plan : 'interrupted';
  } finally {
    display.stop();
  }
}

const HAS_PLAN = new Set<UndoProgress['phase']>(['awaiting-approval', 'undoing', 'reporting']);

async function confirm(id: string): Promise<'yes' | 'no' | 'interrupted'> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const leaving = new AbortController();
  terminal.once('SIGINT', () => leaving.abort());
  terminal.once('close', () => leaving.abort());
  try {
    const { signal } = leaving;
    const typed = await terminal.question(`Type ${id} to carry it out: `, { signal });
    return typed.trim() === id ? 'yes' : 'no';
  } catch (error) {
    if (leaving.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    terminal.close();
  }
}

function withoutForce({ workflowId }: WorkflowHandle): CommandError {
  return new CommandError(
    `The undo that is running does not force anything. Cancel it first: user-import cancel ${workflowId}`,
    EXIT.wrongUse,
  );
}

function goesOn({ workflowId }: WorkflowHandle, print: Print): number {
  print(renderGoesOn('The undo', workflowId));
  return EXIT.interrupted;
}
