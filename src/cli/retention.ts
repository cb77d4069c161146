/** Saying, or setting, after how many days the personal data of runs is purged by itself. */
import { RETENTION_DAYS } from '../contract/purge/input.js';
import {
  readRetention,
  scheduleId,
  setRetention,
  stopRetention,
  type Retention,
} from '../purge/schedule.js';
import { taskQueue } from '../temporal.js';
import { actorOf } from './actor.js';
import type { CommandContext } from './command-context.js';
import { CommandError, EXIT } from './exit.js';
import { withClient } from './with-client.js';

/** @param text days, or `off`; undefined: nothing is changed */
export async function showRetention(
  text: string | undefined,
  actor: string | undefined,
  { print, printJson }: CommandContext,
): Promise<void> {
  const days = text === undefined ? undefined : parseDays(text);
  const who = days === undefined ? '' : await actorOf(actor, print);
  return withClient(async (client) => {
    if (days === 'off') await stopRetention(client, taskQueue(), who);
    else if (days !== undefined) await setRetention(client, taskQueue(), days, who);
    const retention = await readRetention(client, taskQueue());
    printJson({ schedule: scheduleId(taskQueue()), ...retention, isOn: retention !== undefined });
    print(render(retention));
  });
}

/** @throws CommandError */
function parseDays(text: string): number | 'off' {
  if (text === 'off') return text;
  const days = RETENTION_DAYS.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (days.success) return days.data;
  throw new CommandError(
    `"${text}" is neither ${RETENTION_DAYS.description} nor "off".`,
    EXIT.wrongUse,
  );
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
