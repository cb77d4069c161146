/** The commands that start an import, or a retry, and follow it. */
import { actorOf } from './actor.js';
import { toRequest, type StartOptions } from './options.js';
import type { CommandContext } from './command-context.js';
import { followUntilInterrupted, renderStepsMeanwhile } from './follow.js';
import { silenceLines } from './lines.js';
import { renderLink } from './link.js';
import { withMapping } from './mapping-file.js';
import { meantImport } from './newest-import.js';
import { overlaid } from './overlaid.js';
import { forRejects, startRetry } from './retry.js';
import { whyNobodyStarts } from './silence.js';
import { prepareStart, startImport } from './start.js';
import { withClient } from './with-client.js';
import type { Client } from '@temporalio/client';

/** @param path the file, on this machine */
export async function startAndFollow(
  path: string,
  options: StartOptions,
  context: CommandContext,
): Promise<void> {
  const given = await withMapping(toRequest(options), options.mapping);
  // Before anybody is asked: a wrong option or file is wrong whoever it is, and whatever Temporal says.
  await prepareStart(path, { ...given, actor: options.actor ?? 'not known yet' });
  const request = { ...given, actor: await actorOf(options.actor, context.print) };
  await withClient(async (client) => {
    const importRoot = process.env['IMPORT_ROOT'];
    const id = await startImport(client, path, request, importRoot, context.print);
    await followOrLeave(client, id, options, context);
  });
}

/**
 * @param id of the import, or of any retry of it; undefined: the newest import
 * @param path the corrected copy, on this machine; undefined: the run's rejects.csv
 */
export async function retryAndFollow(
  id: string | undefined,
  path: string | undefined,
  options: StartOptions,
  context: CommandContext,
): Promise<void> {
  const { print, printJson } = context;
  const actor = await actorOf(options.actor, print);
  const { IMPORT_ROOT: importRoot, IMPORT_RUNS: runs } = process.env;
  const mapping = forRejects(await withMapping({}, options.mapping));
  const overrides = overlaid(mapping, toRequest(options));
  await withClient(async (client) => {
    const workflowId = await meantImport(client, id, print);
    const request = { workflowId, path, actor, overrides };
    const retry = await startRetry(client, request, { importRoot, runs }, print);
    if (retry === undefined) printJson({ workflowId, leftToRetry: 0 });
    else await followOrLeave(client, retry, options, context);
  });
}

async function followOrLeave(
  client: Client,
  workflowId: string,
  { detach }: StartOptions,
  context: CommandContext,
): Promise<void> {
  const { print, printJson, exitWith } = context;
  const handle = client.workflow.getHandle(workflowId);
  for (const line of await renderLink(handle)) print(line);
  if (!detach) {
    exitWith(await followUntilInterrupted(handle, context));
    return;
  }
  const silence = await whyNobodyStarts(client);
  const { runId, status } = await handle.describe();
  printJson({ workflowId, runId, status: status.name.toLowerCase(), silence });
  for (const line of silenceLines(silence)) print(line);
  for (const line of renderStepsMeanwhile(workflowId)) print(line);
}
