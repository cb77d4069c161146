/** What became of the rows of a chunk, one JSON line a row in file order. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readLines, writeLinesOnce } from './json-lines.js';
import type { ChunkFiles } from './run-layout.js';

/**
 * Kept for good when this returns: the counters that go into the workflow's history may be believed from then on.
 * @returns the outcomes that the chunk has: another attempt's, when it was done before
 */
export async function writeOutcomes(
  { folder, ...chunk }: ChunkFiles,
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  return (await writeLinesOnce(folder.store, folder.outcomes(chunk), outcomes)).entries;
}

/** Undefined when the chunk has none yet. */
export async function readOutcomes({
  folder,
  ...chunk
}: ChunkFiles): Promise<RowOutcome[] | undefined> {
  return readLines(folder.store, folder.outcomes(chunk));
}
