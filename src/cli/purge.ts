/** Starting the removal of an import's personal data by a worker. */
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { OtherRun, Purged, PurgeSummary, SourceOutcome } from '../contract/purge/outcomes.js';
import { parsePurgeInput } from '../contract/purge/input.js';
import { purgeWorkflowId, WORKFLOW_TYPES } from '../contract/ids.js';
import { titleOf } from '../contract/titles.js';
import { formatNumber } from '../format.js';
import type { CommandContext, Print } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { renderLink } from './link.js';
import { whyStuck } from './silence.js';
import { startNamed } from './start-named.js';
import { PURGE_DETAILS } from './static-details.js';
import { withClient } from './with-client.js';

export interface PurgeOptions {
  run?: string;
  actor: string;
  allAttempts?: boolean;
}

export function purgeImport(
  id: string,
  options: PurgeOptions,
  { print, printJson }: CommandContext,
): Promise<void> {
  return withClient(async (client) => {
    const summary = await purge(client, id, options, print);
    printJson(summary);
    for (const line of renderSummary(summary)) print(line);
  });
}

/** After this time without a result, the command says what may be wrong. */
const HINT_AFTER_MS = 10_000;

async function purge(
  client: Client,
  id: string,
  { run, actor, allAttempts }: PurgeOptions,
  print: Print,
): Promise<PurgeSummary> {
  const request = { workflowId: id, runId: run, actor, allAttempts };
  const parsed = parsePurgeInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  let hint: NodeJS.Timeout | undefined;
  try {
    const { handle, started } = await startNamed(
      client,
      {
        type: WORKFLOW_TYPES.purgeRuns,
        name: purgeWorkflowId(id),
        args: [request],
        title: titleOf('Purge', request),
        details: PURGE_DETAILS,
        memo: { import: id, actor },
      },
      () => Promise.resolve(true),
    );
    if (!started) {
      throw new CommandError(
        `${id} is being purged already, as ${handle.workflowId}.`,
        EXIT.wrongUse,
      );
    }
    for (const line of await renderLink(handle)) print(line);
    hint = setTimeout(() => void sayWhyItTakesLong(handle, print), HINT_AFTER_MS);
    return (await handle.result()) as PurgeSummary;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      throw new CommandError(error.cause.message, EXIT.wrongUse);
    }
    throw error;
  } finally {
    clearTimeout(hint);
  }
}

async function sayWhyItTakesLong(handle: WorkflowHandle, print: Print): Promise<void> {
  // The command itself fails where Temporal does not answer.
  const why = await whyStuck(handle).catch(() => []);
  for (const line of ['It is not done yet.', ...why]) print(line);
}

const SOURCES: Record<SourceOutcome, string> = {
  removed: 'was removed from the import root',
  gone: 'was not in the import root any more',
  in_use: 'stays in the import root: another import reads it; purge that one once it has ended',
  yours:
    'stays in the import root: it was put there by hand, and may hold passwords. Remove it yourself',
};

const AFTERWARDS =
  'An undo can still delete users that were created, and not restore those that were updated.';

function renderSummary({ purged = [], others = [], left = [], runs }: PurgeSummary): string[] {
  return [
    ...[...purged, ...others].flatMap(renderPurged),
    ...(purged.length > 0 ? [AFTERWARDS] : []),
    ...renderLeft(left, runs.spared > 0),
  ];
}

/** @param wereTried whether they were to be purged as well */
function renderLeft(left: OtherRun[], wereTried: boolean): string[] {
  if (left.length === 0) return [];
  return [
    `Not purged, and holding rows of the same file: ${formatNumber(left.length)} ${left.length === 1 ? 'run' : 'runs'}.`,
    ...left.map(({ run: { workflowId, runId }, file }) => {
      const copy = file === undefined ? '' : `, imported from ${file}`;
      return `  ${workflowId}/${runId}${copy}`;
    }),
    wereTried
      ? 'They go on, are being undone, or cannot be written. Purge them once they have ended.'
      : 'Purge them as well: the same command with --all-attempts.',
  ];
}

function renderPurged({ run, removed, reduced, source, kept, versionsLeft }: Purged): string[] {
  return [
    `Purged ${run.workflowId}/${run.runId}: ${formatNumber(removed)} files removed, ${formatNumber(reduced)} written anew without personal data.`,
    ...(source ? [`The imported file ${source.file} ${SOURCES[source.outcome]}.`] : []),
    ...(versionsLeft === undefined ? [] : [versionsLeft]),
    `Kept: ${kept.join(', ')}.`,
  ];
}
