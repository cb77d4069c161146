/** The input of `undoImport`, and what its activities are asked for. */
import { z } from 'zod';
import { WORKFLOW_ID_PATTERN, type RunRef } from '../ids.js';
import { ACTOR } from '../import/input.js';
import { parseInput } from '../input-problems.js';

/** Made when an input is read, as the schema of an import's input is. */
export function undoInputSchema() {
  return z.strictObject({
    workflowId: z
      .string()
      .regex(WORKFLOW_ID_PATTERN)
      .describe('the workflow id of the import that is to be undone'),
    runId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'to undo one run alone: its first execution run id, which names its folder. Without it, every run and retry that is not undone yet',
      ),
    actor: ACTOR,
    force: z
      .boolean()
      .default(false)
      .describe(
        'true to undo also users who have logged in, set a password or been changed; or false',
      ),
  });
}

/** What an operator writes. */
export type UndoRequest = z.input<ReturnType<typeof undoInputSchema>>;
export type UndoInput = z.output<ReturnType<typeof undoInputSchema>>;

type ParsedUndoInput = { ok: true; input: UndoInput } | { ok: false; message: string };

/** Checks the input of `undoImport`. The message names every key that is wrong, what came and what is allowed. */
export function parseUndoInput(raw: unknown): ParsedUndoInput {
  const example = '{"workflowId":"import-2026-11","actor":"alice"}';
  const parsed = parseInput(undoInputSchema(), raw, example);
  if (parsed.ok) return { ok: true, input: parsed.data };
  return { ok: false, message: `The undo's input is not valid. ${parsed.problems}` };
}

/** One undo of one run, as its activities need it. */
export interface UndoTask {
  /** The run that is undone. */
  run: RunRef;
  /** The undo itself. */
  undo: RunRef;
  actor: string;
  force: boolean;
}

/** What is known of the import before any of its users is read. */
export interface UndoTarget {
  /** The runs that are undone, the newest first: what it has updated has to be put back before anything older. */
  runs: RunToUndo[];
  /** Other runs of the import with users who are not undone, the newest first; not all, where there are many. */
  left: RunWithUsers[];
  warnings: string[];
}

/** A run that created or updated users. */
export interface RunWithUsers {
  run: RunRef;
  /** When it started, as far as it is known (ISO 8601). */
  startedAt: string;
  /** What it imported, by its path below the import root. */
  file: string;
  /** Rows that created or updated a user. */
  rows: number;
}

export interface RunToUndo extends RunWithUsers {
  /** Those among its rows that updated a user. */
  updated: number;
  chunks: number;
}
