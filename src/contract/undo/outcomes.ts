/** What an undo can make of a row, and the counters that add the rows up. */
import { addCodes, type CodeCount } from '../findings.js';
import type { RunRef } from '../ids.js';

/** Why a user is left as they are. docs/undo.md says what to do. */
export type KeptReason =
  | 'other_origin'
  | 'password_set'
  | 'credential_added'
  | 'logged_in'
  | 'changed'
  | 'not_recorded'
  | 'purged'
  | 'refused'
  | 'deleted_since';

/** What an undo has made of a row that had created or updated a user. */
export interface UndoEntry {
  line: number;
  identityId: string;
  undone: 'deleted' | 'restored' | 'already_deleted' | 'kept';
  /** Only of a user who is kept. */
  reason?: KeptReason | undefined;
  /** When it was decided (ISO 8601). */
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
  /** Users who were deleted before, and not by an undo. */
  already_deleted: number;
  /** Users who are left as they are. */
  kept: number;
  reasons: Partial<Record<KeptReason, CodeCount>>;
  /** Of the deleted ones: users to whom a mail had gone out, which cannot be taken back. */
  mailed: number;
  /** Deleted or restored by an earlier undo. */
  undoneBefore: number;
}

/** What becomes, or would become, of the users of one run among several: numbers alone. */
export type RunUndoCounts = Omit<UndoCounts, 'reasons' | 'mailed'>;

export const NO_RUN_UNDO_COUNTS: Readonly<RunUndoCounts> = Object.freeze({
  deleted: 0,
  restored: 0,
  already_deleted: 0,
  kept: 0,
  undoneBefore: 0,
});

export function addRunUndoCounts(a: RunUndoCounts, b: RunUndoCounts): RunUndoCounts {
  return {
    deleted: a.deleted + b.deleted,
    restored: a.restored + b.restored,
    already_deleted: a.already_deleted + b.already_deleted,
    kept: a.kept + b.kept,
    undoneBefore: a.undoneBefore + b.undoneBefore,
  };
}

export const NO_UNDO_COUNTS: Readonly<UndoCounts> = Object.freeze({
  ...NO_RUN_UNDO_COUNTS,
  reasons: {},
  mailed: 0,
});

export function addUndoCounts(a: UndoCounts, b: UndoCounts): UndoCounts {
  return {
    ...addRunUndoCounts(a, b),
    reasons: addCodes(a.reasons, b.reasons),
    mailed: a.mailed + b.mailed,
  };
}

/** How many rows were counted. */
export function rowsOfUndo(counts: RunUndoCounts): number {
  const { deleted, restored, already_deleted, kept, undoneBefore } = counts;
  return deleted + restored + already_deleted + kept + undoneBefore;
}

/** What would become of the users of a chunk. */
export interface UndoPreview extends UndoCounts {
  /** Among them: users who count once more for a later run of the same undo, which updated them. */
  counted: number;
}

/** The runs that an undo is of. */
export interface UndoScope {
  /** The import. */
  workflowId: string;
  /** Where it is of one run alone. */
  runId: string | null;
}

/** What the undo came to: its workflow's result. */
export interface UndoSummary {
  undoOf: UndoScope;
  undone: UndoCounts;
  /** Rows that it did not reach, since it was cancelled. */
  notReached: number;
  /** The runs that it has begun to undo, the newest first. */
  runs: RunUndone[];
}

export interface RunUndone {
  run: RunRef;
  undone: RunUndoCounts;
  notReached: number;
  folder: string;
  files: string[];
}
