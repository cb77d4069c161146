/** What became of the rows of a chunk, one JSON line a row in file order. */
import { readFile } from 'node:fs/promises';
import type { RowOutcome } from '../contract/outcomes.js';
import type { ChunkRange } from '../plan/plan.js';
import { writeDurably } from './durable-file.js';
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
  const earlier = await readOutcomes(folder, chunk, range);
  if (earlier) return earlier;
  await writeDurably(folder.outcomes(chunk, range.sha256), async (file) => {
    for (const outcome of outcomes) await file.write(`${JSON.stringify(outcome)}\n`);
  });
  return outcomes;
}

/** Undefined when the chunk has none yet. */
export async function readOutcomes(
  folder: RunFolder,
  chunk: number,
  range: Pick<ChunkRange, 'sha256'>,
): Promise<RowOutcome[] | undefined> {
  const text = await readFile(folder.outcomes(chunk, range.sha256), 'utf8').catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    },
  );
  return text?.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RowOutcome]));
}
