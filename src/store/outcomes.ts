/** What became of the rows of a chunk, one JSON line a row in file order. */
import type { RowOutcome } from '../contract/import/outcomes.js';
import { createOrRead, parseStampedLines, toStampedLines } from './json-lines.js';
import type { ChunkFiles } from './run-layout.js';
import type { Store } from './store.js';

/**
 * Kept for good when this returns: the counters that go into the workflow's history may be believed from then on.
 * @returns the outcomes that the chunk has: another attempt's, when it was done before
 */
export async function writeOutcomes(
  { folder, ...chunk }: ChunkFiles,
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  const text = toStampedLines(outcomes);
  const earlier = await createOrRead(folder.store, folder.outcomes(chunk), text);
  return earlier === undefined ? outcomes : parse(earlier);
}

/** Undefined when the chunk has none yet. */
export async function readOutcomes({
  folder,
  ...chunk
}: ChunkFiles): Promise<RowOutcome[] | undefined> {
  return readOutcomesAt(folder.store, folder.outcomes(chunk));
}

/** The same, by the key of the file. */
export async function readOutcomesAt(store: Store, key: string): Promise<RowOutcome[] | undefined> {
  const content = await store.read(key);
  return content && parse(content.bytes.toString());
}

function parse(text: string): RowOutcome[] {
  return parseStampedLines('the outcomes of a chunk', text);
}
