/** The rows of a chunk that can be undone, whether or not the chunk came to its end. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readInvitations, type InvitationEntry } from '../store/invitation-ledger.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import type { OpenChunk } from '../store/open-run.js';

/** A row that created or updated a user. */
export interface UndoRow extends Omit<RowOutcome, 'email'> {
  /** Absent once the run's personal data was purged. */
  email?: string;
  outcome: 'created' | 'updated';
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
  return identityId !== undefined && (outcome === 'created' || outcome === 'updated');
}
