/** The rows of a chunk that an undo has to do with, whether or not the chunk came to its end. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readChunk, type ChunkRange, type Plan } from '../store/plan.js';
import { readJournal } from '../store/chunk-journal.js';
import { readInvitations } from '../store/invitation-ledger.js';
import { readOutcomes } from '../store/outcomes.js';
import type { RunFolder } from '../store/run-folder.js';

/** A row that created or updated a user. */
export interface UndoRow extends Omit<RowOutcome, 'email'> {
  /** Absent once the run's personal data was purged. */
  email?: string;
  outcome: 'created' | 'updated';
  identityId: string;
  /** Whether a mail has gone out for it. */
  isMailed: boolean;
}

export async function readUndoRows(
  folder: RunFolder,
  plan: Plan,
  chunk: number,
): Promise<{ range: ChunkRange; rows: UndoRow[] }> {
  const range = await readChunk(folder, plan, chunk);
  const outcomes =
    (await readOutcomes(folder, chunk, range)) ?? (await decidedRows(folder, chunk, range));
  const changed = outcomes.filter(isToUndo);
  const invited = await readInvitations(folder, chunk, range);
  const rows = changed.map((row) => {
    const isMailed = invited.get(row.line)?.state === 'sent';
    return { ...row, isMailed };
  });
  return { range, rows };
}

function isToUndo(row: RowOutcome): row is RowOutcome & Omit<UndoRow, 'isMailed' | 'email'> {
  const { outcome, identityId } = row;
  return identityId !== undefined && (outcome === 'created' || outcome === 'updated');
}

/** Of a chunk whose attempts did not come to their end. */
async function decidedRows(
  folder: RunFolder,
  chunk: number,
  { sha256 }: ChunkRange,
): Promise<RowOutcome[]> {
  const { outcomes } = await readJournal(folder.journal(chunk, sha256));
  return [...outcomes.values()].sort((a, b) => a.line - b.line);
}
