/** The undoing of an import: its input, what it can come to, and what an admin sees of it. */
import { z } from 'zod';
import { addCodes, type CodeCount } from '../findings.js';
import { WORKFLOW_ID_PATTERN, type RunRef } from '../ids.js';
import { ACTOR, describeProblems } from '../import/input.js';
import type { Notice } from '../import/progress.js';
import type { UndoPhase } from '../status.js';

/** Made when an input is read, as that of an import is. */
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
        "the import's first execution run id, which names its folder; the newest run without",
      ),
    actor: ACTOR,
    force: z
      .boolean()
      .default(false)
      .describe(
        'true to take back also who has logged in, set a password or been changed; or false',
      ),
  });
}

/** What an admin writes. */
export type UndoRequest = z.input<ReturnType<typeof undoInputSchema>>;
export type UndoInput = z.output<ReturnType<typeof undoInputSchema>>;

type ParsedUndoInput = { ok: true; input: UndoInput } | { ok: false; message: string };

/** Checks the input of `undoImport`. The message names every key that is wrong, what came and what is allowed. */
export function parseUndoInput(raw: unknown): ParsedUndoInput {
  const schema = undoInputSchema();
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, input: parsed.data };
  const example = '{"workflowId":"import-2026-11","actor":"alice"}';
  const problems = describeProblems(parsed.error, raw, schema, example);
  return { ok: false, message: `The undo's input is not valid. ${problems}` };
}

/** Why a user is left as they are. docs/codes.md says what to do. */
export type KeptReason =
  | 'other_origin'
  | 'password_set'
  | 'credential_added'
  | 'logged_in'
  | 'changed'
  | 'not_recorded'
  | 'purged'
  | 'refused';

/** What an undo has made of a row that had created or updated a user. */
export interface UndoEntry {
  line: number;
  identityId: string;
  undone: 'deleted' | 'restored' | 'already_deleted' | 'kept';
  /** Only of those who are kept. */
  reason?: KeptReason;
  /** When it was found out (ISO 8601). */
  at: string;
  /** Run id of the undo. */
  undo: string;
  actor: string;
}

/** Rows by what an undo makes of them, or by its plan would make of them. */
export interface UndoCounts {
  /** Users whom the import had created. */
  deleted: number;
  /** Users whose fields are again what they were before the import updated them. */
  restored: number;
  /** Users whom somebody else has deleted. */
  already_deleted: number;
  /** Users who are left as they are. */
  kept: number;
  reasons: Partial<Record<KeptReason, CodeCount>>;
  /** Of those deleted: to whom a mail had gone out, which cannot be taken back. */
  mailed: number;
  /** Taken back, or found gone, by an earlier undo. */
  undoneBefore: number;
}

export const NO_UNDO_COUNTS: Readonly<UndoCounts> = Object.freeze({
  ...{
    deleted: 0,
    restored: 0,
    already_deleted: 0,
    kept: 0,
    reasons: {},
    mailed: 0,
    undoneBefore: 0,
  },
});

export function addUndoCounts(a: UndoCounts, b: UndoCounts): UndoCounts {
  return {
    deleted: a.deleted + b.deleted,
    restored: a.restored + b.restored,
    already_deleted: a.already_deleted + b.already_deleted,
    kept: a.kept + b.kept,
    reasons: addCodes(a.reasons, b.reasons),
    mailed: a.mailed + b.mailed,
    undoneBefore: a.undoneBefore + b.undoneBefore,
  };
}

/** How many rows the counters stand for. */
export function rowsOfUndo({
  deleted,
  restored,
  already_deleted,
  kept,
  undoneBefore,
}: UndoCounts): number {
  return deleted + restored + already_deleted + kept + undoneBefore;
}

/** What is known of the import before anything of it is looked at. */
export interface UndoTarget {
  run: RunRef;
  chunks: number;
  /** Rows that created or updated a user. */
  rows: number;
  warnings: string[];
}

/** The answer of an undo's query `progress`. */
export interface UndoProgress {
  phase: UndoPhase;
  paused: boolean;
  /** The run that is undone; null until it is found. */
  undoOf: RunRef | null;
  /** Whether it also takes back what is in use. */
  forced: boolean;
  /** Of this phase: users are looked at first, then taken back. */
  rows: { total: number; done: number };
  chunks: { total: number; done: number; inFlight: number; allowed: number };
  ratePerSecond: number | null;
  etaSeconds: number | null;
  /** What it would do, as far as it has looked. */
  plan: UndoCounts & { warnings: string[] };
  /** What it has done. */
  undone: UndoCounts;
  notices: Notice[];
}

export function isUndoProgress(progress: object): progress is UndoProgress {
  return 'undoOf' in progress;
}

/** What the undo came to: its workflow's result. */
export interface UndoSummary {
  undoOf: RunRef;
  undone: UndoCounts;
  /** Rows that it did not reach, since it was cancelled. */
  notReached: number;
  folder: string;
  files: string[];
}

/** The commands that steer an undo, each a signal and an update of the same name, with what the Temporal UI says of it. */
export const UNDO_COMMANDS = {
  pause: 'Take nobody back from the next chunk on; what is in flight finishes. Go on with resume.',
  resume: 'Go on after a pause. Takes no argument.',
  approve: 'Carry the plan out: delete and restore users. Takes no argument.',
} as const;
export type UndoCommandName = keyof typeof UNDO_COMMANDS;
export const UNDO_COMMAND_NAMES = Object.keys(UNDO_COMMANDS) as UndoCommandName[];
