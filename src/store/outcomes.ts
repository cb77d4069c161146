/** What became of the rows of a chunk, one JSON line a row in file order. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import type { ChunkRange } from './plan.js';
import { readAllEntries, writeEntriesOnce } from './write-once.js';
import type { RunFolder } from './run-folder.js';

/**
 * On disk when this returns: the counters that go into the workflow's history may be believed from then on.
 * @returns the outcomes that stand there: another attempt's, when it was done before
 */
export async function writeOutcomes(
  folder: RunFolder,
  chunk: number,
  range: Pick<ChunkRange, 'sha256'>,
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  return writeEntriesOnce(folder.outcomes(chunk, range.sha256), outcomes);
}

/** Undefined when the chunk has none yet. */
export async function readOutcomes(
  folder: RunFolder,
  chunk: number,
  range: Pick<ChunkRange, 'sha256'>,
): Promise<RowOutcome[] | undefined> {
  return readAllEntries(folder.outcomes(chunk, range.sha256));
}
