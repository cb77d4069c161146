/** The rows of a chunk that can be undone, whether or not the chunk came to its end. */
import type { Outcome, RowOutcome } from '../contract/import/outcomes.js';
import { readInvitations, type InvitationEntry } from '../store/invitation-ledger.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import { chunksOf, leaverChunksOf, type OpenChunk, type OpenRun } from '../store/open-run.js';

/** What an undo looks at. */
const TO_UNDO = ['created', 'updated', 'deactivated', 'deleted'] as const;

/** A row that created or changed a user, or a user of a source who has left. */
export interface UndoRow extends Omit<RowOutcome, 'email'> {
  /** Absent once the run's personal data was purged. */
  email?: string;
  outcome: (typeof TO_UNDO)[number];
  identityId: string;
  /** Whether a mail has gone out for it. */
  isMailed: boolean;
}

/** In file order. */
export async function readUndoRows(chunk: OpenChunk): Promise<UndoRow[]> {
  const rows = (await readKnownOutcomes(chunk)).filter(isToUndo);
  const isDue = rows.some(({ invitation }) => invitation === 'due');
  const invited = isDue ? await readInvitations(chunk) : new Map<number, InvitationEntry>();
  return rows.map((row) => ({ ...row, isMailed: invited.get(row.line)?.state === 'sent' }));
}

function isToUndo(row: RowOutcome): row is RowOutcome & Omit<UndoRow, 'isMailed' | 'email'> {
  const { outcome, identityId } = row;
  return identityId !== undefined && (TO_UNDO as readonly Outcome[]).includes(outcome);
}

/** Whether the row's user is there still, and has something to be put back. */
export function isChanged({ outcome }: UndoRow): boolean {
  return outcome === 'updated' || outcome === 'deactivated';
}

/** The chunks of a run that an undo looks at: those of its file, and those of leavers. */
export async function* chunksToUndo(run: OpenRun): AsyncGenerator<OpenChunk> {
  yield* chunksOf(run);
  yield* leaverChunksOf(run);
}
