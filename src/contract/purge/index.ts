/** Removing the personal data that runs leave: the input of `purgeRuns`, and what it tells. */
import { z } from 'zod';
import { WORKFLOW_ID_PATTERN, type RunRef } from '../ids.js';
import { describeProblems } from '../input-problems.js';

/** Days for which runs keep their personal data. */
export const RETENTION_DAYS = z
  .int()
  .min(1)
  .max(36_500)
  .describe('a whole number of days from 1 to 36500');

/** Made when an input is read, as that of an import is. */
export function purgeInputSchema() {
  return z.strictObject({
    workflowId: z
      .string()
      .regex(WORKFLOW_ID_PATTERN)
      .optional()
      .describe('the workflow id of the import whose run is purged'),
    runId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "the import's first execution run id; the newest run without. Only with workflowId",
      ),
    olderThanDays: RETENTION_DAYS.optional().describe(
      `${RETENTION_DAYS.description}, in place of workflowId: every run that ended longer ago`,
    ),
  });
}

/** One run, or all that ended long enough ago. */
type PurgeInput = { workflowId: string; runId?: string } | { olderThanDays: number };

type ParsedPurgeInput = { ok: true; input: PurgeInput } | { ok: false; message: string };

/** Checks the input of `purgeRuns`. The message names every key that is wrong, what came and what is allowed. */
export function parsePurgeInput(raw: unknown): ParsedPurgeInput {
  const schema = purgeInputSchema();
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const example = '{"workflowId":"import-2026-11"}';
    return refuse(describeProblems(parsed.error, raw, schema, example));
  }
  const { workflowId, runId, olderThanDays } = parsed.data;
  if (workflowId !== undefined && olderThanDays === undefined) {
    return { ok: true, input: { workflowId, ...(runId !== undefined && { runId }) } };
  }
  if (olderThanDays !== undefined && workflowId === undefined && runId === undefined) {
    return { ok: true, input: { olderThanDays } };
  }
  return refuse('Give either workflowId, with or without runId, or olderThanDays alone.');
}

function refuse(why: string): ParsedPurgeInput {
  return { ok: false, message: `The purge's input is not valid. ${why}` };
}

/**
 * What became of the copy of the file that was imported.
 *
 *   removed   the command had put it into the import root, and it is gone
 *   gone      it was not there any more
 *   in_use    another run that has not ended reads the same copy
 *   yours     somebody put it into the import root themselves: it is theirs to remove
 */
export type SourceFate = 'removed' | 'gone' | 'in_use' | 'yours';

/** What a purge has made of one run. It holds no value of any row. */
export interface Purged {
  run: RunRef;
  /** Files that were removed, and files that were written anew without personal data. */
  removed: number;
  reduced: number;
  /** The file that was imported, by its path below the import root; absent when the run never came to read it. */
  source?: { file: string; fate: SourceFate };
  /** Names of the files for people that are left. */
  kept: string[];
}

export interface PurgeSummary {
  /** Of the run that was named. */
  purged?: Purged;
  /** Of all runs that ended long enough ago. */
  runs: { purged: number; spared: number };
}
