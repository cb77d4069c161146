/** Schedules as text for a terminal of 80 columns. Pure. */
import { formatNumber, formatTime } from '../format.js';
import { indented } from './lines.js';
import { renderSteps } from './layout.js';
import type { Line } from './terminal.js';

/** One schedule as Temporal knows it. */
export interface ListedSchedule {
  name: string;
  /** Undefined where another program made it. */
  cron: string | undefined;
  timeZone: string;
  file: string | undefined;
  source: string | undefined;
  paused: boolean;
  /** Of whoever paused it; also Temporal, after a night that failed. */
  note: string | undefined;
  /** ISO 8601. */
  next: string | undefined;
  last: { workflowId: string; at: string; state: string } | undefined;
  /** Nights that were left out since the one before went on. */
  leftOut: number;
}

type Made = Pick<ListedSchedule, 'name' | 'timeZone' | 'source' | 'next'> & {
  cron: string;
  file: string;
  actor: string;
  mode: string;
};

/** What was made, with all that the command has filled in. */
export function renderMade({
  name,
  cron,
  timeZone,
  next,
  file,
  source,
  actor,
  mode,
}: Made): Line[] {
  return [
    `Made the schedule ${name}: ${cron}, ${timeZone}.`,
    indented(`It imports ${file} as it is at that time, on behalf of ${actor}, in mode ${mode}.`),
    indented(
      source === undefined
        ? 'Its users belong to no source: nobody is seen to have left.'
        : `Its users belong to the source ${source}.`,
    ),
    ...(next === undefined ? [] : [indented(`Next: ${formatTime(next)}`)]),
    ...renderSteps([
      { what: 'now', command: `temporal schedule trigger --schedule-id ${name}` },
      { what: 'all of them', command: 'user-import schedule list' },
      { what: 'away with it', command: `user-import schedule remove ${name}` },
    ]),
  ];
}

export function renderSchedules(schedules: readonly ListedSchedule[]): Line[] {
  if (schedules.length === 0) {
    return [
      `No schedule imports a file here. Make one: user-import schedule FILE --cron '0 3 * * *'`,
    ];
  }
  return schedules.flatMap(({ name, cron, timeZone, file, source, ...rest }) => {
    const { paused, note, next, last, leftOut } = rest;
    const what = [file ?? 'no file', ...(source === undefined ? [] : [`source ${source}`])];
    return [
      { tone: 'heading', text: name },
      indented(`${cron ?? "when Temporal's pages say"}, ${timeZone}; ${what.join(', ')}`),
      ...(paused
        ? [
            indented(`paused${note === undefined ? '' : `: ${note}`}`, 'attention'),
            // As the report's command below.
            `    temporal schedule toggle --schedule-id ${name} --unpause --reason corrected`,
          ]
        : []),
      ...(next === undefined ? [] : [indented(`next ${formatTime(next)}`)]),
      ...(last
        ? [
            indented(
              `last ${formatTime(last.at)}: ${last.state}`,
              last.state === 'failed' ? 'error' : undefined,
            ),
            // To be copied as a whole.
            `    user-import report ${last.workflowId}`,
          ]
        : [indented('no night yet')]),
      ...(leftOut > 0
        ? [indented(`${formatNumber(leftOut)} left out, since the night before went on`)]
        : []),
    ] satisfies Line[];
  });
}
