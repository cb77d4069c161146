import { finishedJournals } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';

/** So many files are removed by one request. */
const BATCH = 1000;

/** Removes files of a run that nothing reads any more, and what attempts left half written when they died. */
export async function cleanUp(folder: RunLayout): Promise<void> {
  const { store, prefix, sourceText } = folder;
  await store.tidy(prefix);
  let batch = [sourceText];
  for await (const key of finishedJournals(folder)) {
    batch.push(key);
    if (batch.length < BATCH) continue;
    await store.remove(batch);
    batch = [];
  }
  await store.remove(batch);
}
