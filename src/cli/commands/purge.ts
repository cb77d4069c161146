/** The command that starts the removal of a run's personal data by a worker. */
import { userInfo } from 'node:os';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Command } from 'commander';
import type { Purged, PurgeSummary, SourceOutcome } from '../../contract/purge/outcomes.js';
import { parsePurgeInput } from '../../contract/purge/input.js';
import { purgeWorkflowId, WORKFLOW_TYPES } from '../../contract/ids.js';
import { formatNumber } from '../../format.js';
import type { CommandContext, Print } from '../command-context.js';
import { CommandError, EXIT } from '../exit.js';
import { taskQueue } from '../../temporal.js';
import { withClient } from '../with-client.js';

interface PurgeOptions {
  run?: string;
  actor?: string;
}

export function addPurgeCommand(program: Command, { print }: CommandContext): void {
  program
    .command('purge')
    .argument('<id>', 'workflow id of the import')
    .option('--run <run>', 'run id, as its folder is called (default: the newest)')
    .option('--actor <name>', 'on whose behalf (default: your user name)')
    .description(
      "remove a run's personal data: its copy of the file, rejects, results; report and audit stay",
    )
    .action((id: string, options: PurgeOptions) =>
      withClient(async (client) => {
        for (const line of renderPurged(await purge(client, id, options, print))) print(line);
      }),
    );
}

/** After this time without a result, the command says that a worker may be missing. */
const HINT_AFTER_MS = 10_000;

async function purge(
  client: Client,
  id: string,
  { run, actor = userInfo().username }: PurgeOptions,
  print: Print,
): Promise<Purged> {
  const request = { workflowId: id, runId: run, actor };
  const parsed = parsePurgeInput(request);
  if (!parsed.ok) throw new CommandError(parsed.message, EXIT.wrongUse);
  const workflowId = purgeWorkflowId(id);
  const hint = setTimeout(() => {
    print('It is not done yet. If no worker runs, start one: user-import worker');
  }, HINT_AFTER_MS);
  try {
    const handle = await client.workflow.start(WORKFLOW_TYPES.purgeRuns, {
      taskQueue: taskQueue(),
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      args: [request],
    });
    const { purged } = (await handle.result()) as PurgeSummary;
    return purged!;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new CommandError(`${id} is being purged already, as ${workflowId}.`, EXIT.wrongUse);
    }
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      throw new CommandError(error.cause.message, EXIT.wrongUse);
    }
    throw error;
  } finally {
    clearTimeout(hint);
  }
}

const SOURCES: Record<SourceOutcome, string> = {
  removed: 'was removed from the import root',
  gone: 'was not in the import root any more',
  in_use: 'stays in the import root: another import reads it; purge that one once it has ended',
  yours:
    'stays in the import root: it was put there by hand, and may hold passwords. Remove it yourself',
};

function renderPurged({ run, removed, reduced, source, kept }: Purged): string[] {
  return [
    `Purged ${run.workflowId}/${run.runId}: ${formatNumber(removed)} files removed, ${formatNumber(reduced)} written anew without personal data.`,
    ...(source ? [`The imported file ${source.file} ${SOURCES[source.outcome]}.`] : []),
    `Kept: ${kept.join(', ')}. An undo can still delete the users that this run created, and not restore those that it updated.`,
  ];
}
