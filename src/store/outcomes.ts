/** What became of the rows of a chunk, one JSON line a row in file order. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readAllEntries, writeEntriesOnce } from './durable-file.js';
import type { ChunkFiles } from './run-layout.js';

/**
 * On disk when this returns: the counters that go into the workflow's history may be believed from then on.
 * @returns the outcomes that the chunk has: another attempt's, when it was done before
 */
export async function writeOutcomes(
  chunk: ChunkFiles,
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  return writeEntriesOnce(chunk.folder.outcomes(chunk), outcomes);
}

/** Undefined when the chunk has none yet. */
export async function readOutcomes(chunk: ChunkFiles): Promise<RowOutcome[] | undefined> {
  return readAllEntries(chunk.folder.outcomes(chunk));
}
