/** The command that says after how many days the personal data of runs is purged by itself. */
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { RETENTION_DAYS } from '../../contract/purge/input.js';
import {
  readRetention,
  scheduleId,
  setRetention,
  stopRetention,
  type Retention,
} from '../../purge/schedule.js';
import { taskQueue } from '../../temporal.js';
import type { CommandContext } from '../command-context.js';
import { CommandError, EXIT } from '../exit.js';
import { userName } from '../user-name.js';
import { withClient } from '../with-client.js';

export function addRetentionCommand(program: Command, { print }: CommandContext): void {
  program
    .command('retention')
    .argument('[days]', `${RETENTION_DAYS.description}, or "off" (default: say what it is)`)
    .option('--actor <name>', 'on whose behalf (default: your user name)')
    .description("days after which a run's personal data is purged by itself, for all workers")
    .action((days: string | undefined, { actor = userName() }: { actor?: string }) =>
      withClient(async (client) => {
        if (days !== undefined) await change(client, days, actor);
        print(render(await readRetention(client, taskQueue())));
      }),
    );
}

async function change(client: Client, text: string, actor: string): Promise<void> {
  if (text === 'off') {
    await stopRetention(client, taskQueue(), actor);
    return;
  }
  const days = RETENTION_DAYS.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (!days.success) {
    throw new CommandError(
      `"${text}" is neither ${RETENTION_DAYS.description} nor "off".`,
      EXIT.wrongUse,
    );
  }
  await setRetention(client, taskQueue(), days.data, actor);
}

function render(retention: Retention | undefined): string {
  if (!retention) {
    return 'No run is purged by itself. A worker with RUNS_RETENTION_DAYS begins with it when it starts.';
  }
  const id = scheduleId(taskQueue());
  const { days, isPaused } = retention;
  if (isPaused) return `No run is purged by itself: the schedule ${id} is paused.`;
  return days === undefined
    ? `The schedule ${id} was changed by hand: Temporal's pages show what it starts.`
    : `Runs are purged ${days} days after their end, by the schedule ${id}.`;
}
