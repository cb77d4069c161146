/** The input of `purgeRuns`, which removes the personal data that runs leave. */
import { z } from 'zod';
import { WORKFLOW_ID_PATTERN } from '../ids.js';
import { ACTOR } from '../import/input.js';
import { parseInput } from '../input-problems.js';

/** Days for which runs keep their personal data. */
export const RETENTION_DAYS = z
  .int()
  .min(1)
  .max(36_500)
  .describe('a whole number of days from 1 to 36500');

/** Made when an input is read, as the schema of an import's input is. */
export function purgeInputSchema() {
  return z.strictObject({
    actor: ACTOR,
    workflowId: z
      .string()
      .regex(WORKFLOW_ID_PATTERN)
      .optional()
      .describe('the workflow id of the import that is purged'),
    runId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'to purge one run alone: its first execution run id. Without it, every run of workflowId',
      ),
    allAttempts: z
      .boolean()
      .default(false)
      .describe(
        'whether the other runs of the same rows are purged as well: retries, what was retried, and other imports of the file under its id. Only with workflowId',
      ),
    olderThanDays: RETENTION_DAYS.optional().describe(
      `${RETENTION_DAYS.description}, in place of workflowId: every run that ended longer ago`,
    ),
  });
}

/** The runs of an import, or one of them, or all that ended long enough ago. */
type PurgeInput = NamedRuns | { actor: string; olderThanDays: number };

export interface NamedRuns {
  actor: string;
  workflowId: string;
  runId?: string | undefined;
  allAttempts: boolean;
}

type ParsedPurgeInput = { ok: true; input: PurgeInput } | { ok: false; message: string };

/** Checks the input of `purgeRuns`. The message names every key that is wrong, what came and what is allowed. */
export function parsePurgeInput(raw: unknown): ParsedPurgeInput {
  const example = '{"workflowId":"import-2026-11","actor":"alice"}';
  const parsed = parseInput(purgeInputSchema(), raw, example);
  if (!parsed.ok) return refuse(parsed.problems);
  const { actor, workflowId, runId, allAttempts, olderThanDays } = parsed.data;
  if (workflowId !== undefined && olderThanDays === undefined) {
    return { ok: true, input: { actor, workflowId, runId, allAttempts } };
  }
  if (
    olderThanDays !== undefined &&
    workflowId === undefined &&
    runId === undefined &&
    !allAttempts
  ) {
    return { ok: true, input: { actor, olderThanDays } };
  }
  return refuse(
    'Give either workflowId, with or without runId and allAttempts, or olderThanDays alone.',
  );
}

function refuse(why: string): ParsedPurgeInput {
  return { ok: false, message: `The purge's input is not valid. ${why}` };
}
