/** Undoing an import: shows the plan, and carries it out once it is approved. */
import { createInterface } from 'node:readline/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { parseUndoInput, type UndoRequest } from '../contract/undo/input.js';
import { isUndoProgress, type UndoProgress } from '../contract/undo/progress.js';
import { undoWorkflowId, WORKFLOW_TYPES } from '../contract/ids.js';
import { printable } from '../printable.js';
import type { CommandContext, Print } from './command-context.js';
import { actorOf } from './actor.js';
import { executeUpdate } from './execute-update.js';
import { CommandError, EXIT } from './exit.js';
import { displayFor, follow, followUntil, queryProgress, renderGoesOn } from './follow.js';
import { titleOf } from '../contract/titles.js';
import { renderLink } from './link.js';
import { meantImport } from './newest-import.js';
import type { ProgressDisplay } from './progress-display.js';
import type { AnyProgress } from './progress-facts.js';
import { renderPlan, renderStillPlanning, renderUndoWaiting } from './render-undo.js';
import { startNamed } from './start-named.js';
import { UNDO_DETAILS } from './static-details.js';
import { withClient } from './with-client.js';

export interface UndoOptions {
  run?: string;
  actor?: string;
  force?: boolean;
  yes?: boolean;
}

/** @param id undefined: the newest import */
export async function undoImport(
  id: string | undefined,
  options: UndoOptions,
  context: CommandContext,
): Promise<void> {
  confirmSeen(id, options, context);
  const actor = await actorOf(options.actor, context.print);
  return withClient(async (client) => {
    const meant = await meantImport(client, id, context.print);
    context.exitWith(await undo(client, meant, { ...options, actor }, context));
  });
}

/** Nobody deletes users of an import that they have neither named nor been shown. */
function confirmSeen(id: string | undefined, { yes }: UndoOptions, { reader }: CommandContext) {
  if (yes && id === undefined) {
    throw new CommandError(
      'Name the import: --yes carries the plan out without asking.',
      EXIT.wrongUse,
    );
  }
  if (!yes && reader === 'nobody') {
    throw new CommandError(
      '--quiet shows no plan: add --yes, which carries it out without asking.',
      EXIT.wrongUse,
    );
  }
}

/** @returns the exit status */
async function undo(
  client: Client,
  id: string,
  options: UndoOptions & { actor: string },
  context: CommandContext,
): Promise<number> {
  const { print, printJson, reader } = context;
  const { run, actor, force = false } = options;
  const request = { workflowId: id, runId: run, actor, force };
  const handle = await start(client, request, print);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { signal } = interrupted;

  const plan = await untilPlanned(handle, displayFor(context, handle.workflowId), signal);
  if (plan === 'interrupted') {
    for (const line of renderStillPlanning(handle.workflowId)) print(line);
    return EXIT.interrupted;
  }
  if (plan?.phase === 'awaiting-approval') {
    for (const line of renderPlan(plan)) print(line);
    if (force && !plan.forced) throw withoutForce(handle);
    if (!undoes(plan, request)) throw ofAnother(handle);
    if (!options.yes) {
      if (reader !== 'person' || !process.stdin.isTTY || !process.stdout.isTTY) {
        printJson({ workflowId: handle.workflowId, progress: plan });
        for (const line of renderUndoWaiting(plan, handle.workflowId)) print(line);
        return EXIT.done;
      }
      const answer = await confirm(id, print);
      if (answer === 'no') {
        await handle.cancel();
        print('Nothing was undone: the undo is cancelled.');
        return EXIT.incomplete;
      }
      if (answer !== 'yes') {
        for (const line of ['', ...renderUndoWaiting(plan, handle.workflowId)]) print(line);
        return answer === 'interrupted' ? EXIT.interrupted : EXIT.incomplete;
      }
    }
    await executeUpdate(handle, 'approve', []);
  }
  // That the plan waits for its approval was answered.
  const display = displayFor(context, handle.workflowId, plan?.notices);
  const status = await follow(handle, display, context, signal);
  return status === EXIT.interrupted ? goesOn(handle, print) : status;
}

/** Starts the undo, or joins the undo that is running. */
async function start(client: Client, request: UndoRequest, print: Print): Promise<WorkflowHandle> {
  const parsed = parseUndoInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  const name = undoWorkflowId(request.workflowId);
  const { handle, started } = await startNamed(
    client,
    {
      type: WORKFLOW_TYPES.undoImport,
      name,
      args: [request],
      title: titleOf('Undo', request),
      details: UNDO_DETAILS,
      memo: { import: request.workflowId, actor: request.actor },
    },
    async (running) => undoes((await queryProgress(running)).progress, request),
  );
  print(
    started
      ? `Started ${handle.workflowId}: it reads every user first, and changes nothing.`
      : `The import is being undone already, as ${handle.workflowId}; nothing was started.`,
  );
  for (const line of await renderLink(handle)) print(line);
  return handle;
}

/** Whether an undo is of what is meant: all runs, or the same one. One that does not answer may be. */
function undoes(undo: AnyProgress | undefined, { workflowId, runId }: UndoRequest): boolean {
  if (!undo || !isUndoProgress(undo)) return true;
  return undo.undoOf.workflowId === workflowId && undo.undoOf.runId === (runId ?? null);
}

/** @returns undefined when the undo has ended before there was a plan to approve */
async function untilPlanned(
  handle: WorkflowHandle,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<UndoProgress | 'interrupted' | undefined> {
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

type Answer = 'yes' | 'no' | 'mistyped' | 'interrupted';

const MOST_TRIES = 3;

/** Asks for the id to be typed; what is neither that nor a no is asked for again. */
async function confirm(id: string, print: Print): Promise<Answer> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const leaving = new AbortController();
  terminal.once('SIGINT', () => leaving.abort());
  terminal.once('close', () => leaving.abort());
  const question = printable(`Type ${id} to carry it out, or no to leave it: `);
  try {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const typed = (await terminal.question(question, { signal: leaving.signal })).trim();
      if (typed === id) return 'yes';
      if (/^no?$/i.test(typed)) return 'no';
      print({ tone: 'attention', text: `That is not ${id}. Nothing is changed.` });
    }
    return 'mistyped';
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

function ofAnother({ workflowId }: WorkflowHandle): CommandError {
  return new CommandError(
    `The undo that is running is of other runs of the import. Wait for its end, or cancel it: user-import cancel ${workflowId}`,
    EXIT.wrongUse,
  );
}

function goesOn({ workflowId }: WorkflowHandle, print: Print): number {
  for (const line of renderGoesOn(workflowId)) print(line);
  return EXIT.interrupted;
}
