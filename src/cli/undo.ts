/** The command that undoes an import: it shows the plan, and carries it out once somebody has said yes to it. */
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Command } from 'commander';
import { parseUndoInput, type UndoRequest } from '../contract/undo/input.js';
import { isUndoProgress, type UndoProgress } from '../contract/undo/progress.js';
import { TASK_QUEUE, undoWorkflowId, WORKFLOW_TYPES } from '../contract/ids.js';
import { CommandError, EXIT } from './exit.js';
import { follow, followUntil, isUndo } from './follow.js';
import { progressDisplay } from './progress-display.js';
import { renderPlan, renderUndoWaiting } from './render-undo.js';
import { carryOut } from './steer.js';
import { withClient } from './with-client.js';

interface UndoOptions {
  run?: string;
  actor?: string;
  force?: boolean;
  yes?: boolean;
}

type Say = (line: string) => void;

export function addUndoCommand(
  program: Command,
  say: Say,
  exitWith: (status: number) => void,
): void {
  program
    .command('undo')
    .argument('<id>', 'workflow id of the import')
    .option('--run <run>', 'the run that is meant, as its folder is called (default: the newest)')
    .option('--actor <name>', 'on whose behalf (default: your user name)')
    .option('--force', 'also users who have logged in, set a password or been changed')
    .option('--yes', 'carry the plan out without asking')
    .description('delete the users that an import created and restore those that it updated')
    .action((id: string, options: UndoOptions) =>
      withClient(async (client) => exitWith(await undo(client, id, options, say))),
    );
}

async function undo(client: Client, id: string, options: UndoOptions, say: Say): Promise<number> {
  const { run, actor = userInfo().username, force = false } = options;
  const request = { workflowId: id, actor, force, ...(run !== undefined && { runId: run }) };
  const handle = await start(client, request, say);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { signal } = interrupted;

  const plan = await untilPlanned(handle, signal);
  if (plan === 'interrupted') return goesOn(handle, say);
  if (plan?.phase === 'awaiting-approval') {
    for (const line of renderPlan(plan)) say(line);
    if (force && !plan.forced) throw withoutForce(handle);
    if (!options.yes) {
      if (!process.stdin.isTTY || !process.stdout.isTTY) {
        for (const line of renderUndoWaiting(plan, handle.workflowId)) say(line);
        return EXIT.done;
      }
      const answer = await confirm(id);
      if (answer === 'interrupted') return goesOn(handle, say);
      if (answer === 'no') {
        await handle.cancel();
        say('Nothing was undone.');
        return EXIT.incomplete;
      }
    }
    await carryOut(handle, 'approve', []);
  }
  const status = await follow(handle, process.stdout, signal);
  return status === EXIT.interrupted ? goesOn(handle, say) : status;
}

/** Starts it, or joins the one that is running. */
async function start(client: Client, request: UndoRequest, say: Say): Promise<WorkflowHandle> {
  const parsed = parseUndoInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  const workflowId = undoWorkflowId(request.workflowId);
  try {
    const handle = await client.workflow.start(WORKFLOW_TYPES.undoImport, {
      taskQueue: TASK_QUEUE,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
    });
    say(`Started ${workflowId}: it looks at every user first, and changes nothing.`);
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
  say(`It is being undone already, as ${workflowId}; nothing was started.`);
  return handle;
}

/** @returns undefined when it has ended before there was a plan to approve */
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

function goesOn({ workflowId }: WorkflowHandle, say: Say): number {
  say(
    `\nThe undo goes on. Watch it: user-import watch ${workflowId}   Stop it: user-import cancel ${workflowId}`,
  );
  return EXIT.interrupted;
}
