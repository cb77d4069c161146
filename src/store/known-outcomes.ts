import type { RowOutcome } from '../contract/import/outcomes.js';
import { readJournal } from './chunk-journal.js';
import { readOutcomes } from './outcomes.js';
import type { ChunkFiles } from './run-layout.js';

/**
 * What is known of a chunk's rows, in file order: its outcomes or, where its attempts did not come to their end, what
 * they have decided.
 */
export async function readKnownOutcomes(chunk: ChunkFiles): Promise<RowOutcome[]> {
  const stored = await readOutcomes(chunk);
  if (stored) return stored;
  const { outcomes } = await readJournal(chunk.folder.store, chunk.folder.journal(chunk));
  return [...outcomes.values()].toSorted((a, b) => a.line - b.line);
}
