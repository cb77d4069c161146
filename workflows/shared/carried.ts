/** Parts of the states that executions hand over, as schemas. Made when a state is read: most executions read none. */
import { z } from 'zod';
import { MOST_TEXT } from '../../src/contract/bounds.js';
import { WORKFLOW_ID_PATTERN } from '../../src/contract/ids.js';
import { channelsSchema } from '../../src/contract/notification.js';
import { PAUSE_REASONS, STALLS } from '../../src/contract/status.js';
import type { Told } from '../../src/notify/rules.js';

/** One of the names that a table has. */
export function keyOf<Name extends string>(table: Readonly<Record<Name, unknown>>) {
  return z.enum(Object.keys(table) as Name[]);
}

export const count = () => z.int().nonnegative();
export const text = () => z.string().max(MOST_TEXT);
/** Of the workflow's clock; before the first second of 1970 in no run. */
const time = () => z.number().nonnegative();

export const runRef = () =>
  z.object({ workflowId: z.string().regex(WORKFLOW_ID_PATTERN), runId: z.guid() });

/** Rows or users by code, each with some of its lines. */
export const codeCounts = () =>
  z.record(text(), z.object({ count: count(), lines: z.array(count()).max(100) }));

const notices = () => z.array(z.object({ at: text(), text: text() })).max(100);

/** What operators were told. */
export const toldSchema = (): z.ZodType<Told> =>
  z.object({
    channels: channelsSchema(),
    count: count(),
    holding: z.array(text()).max(100),
    stalledSince: time().optional(),
    times: z.record(text(), z.object({ times: count(), at: time() })),
  } satisfies Record<keyof Told, z.ZodType>);

/** What the import and the undo have in common. */
export const chunkedState = () => ({
  pausedBy: z.array(keyOf(PAUSE_REASONS)),
  stall: keyOf(STALLS).optional(),
  nextChunk: count(),
  chunksDone: count(),
  limit: z.object({
    limit: count().optional(),
    successes: count(),
    successesNeeded: count(),
    decreasedAt: time(),
  }),
  samples: z.array(z.object({ at: time(), done: count() })),
  notices: notices(),
});

/** @param totals the schema of what a point of time has besides its time */
export const series = <Totals extends z.ZodRawShape>(totals: Totals) =>
  z.object({ gap: time(), points: z.array(z.object({ at: time(), ...totals })) });
