/** The rows of a chunk that can be undone, whether or not the chunk came to its end. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readJournal } from '../store/chunk-journal.js';
import { readInvitations } from '../store/invitation-ledger.js';
import { readOutcomes } from '../store/outcomes.js';
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
  const outcomes = (await readOutcomes(chunk)) ?? (await decidedRows(chunk));
  const invited = await readInvitations(chunk);
  return outcomes
    .filter(isToUndo)
    .map((row) => ({ ...row, isMailed: invited.get(row.line)?.state === 'sent' }));
}

function isToUndo(row: RowOutcome): row is RowOutcome & Omit<UndoRow, 'isMailed' | 'email'> {
  const { outcome, identityId } = row;
  return identityId !== undefined && (outcome === 'created' || outcome === 'updated');
}

/** Of a chunk whose attempts did not come to their end. */
async function decidedRows(chunk: OpenChunk): Promise<RowOutcome[]> {
  const { outcomes } = await readJournal(chunk.folder.journal(chunk));
  return [...outcomes.values()].sort((a, b) => a.line - b.line);
}
