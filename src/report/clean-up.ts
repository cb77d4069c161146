import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORARY_SUFFIX } from '../store/durable-file.js';
import { finishedJournals } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';

/** Removes files of a run that nothing reads any more. */
export async function cleanUp(folder: RunLayout): Promise<void> {
  await removeTemporaries(folder);
  await removeJournals(folder);
  await rm(folder.sourceText, { force: true });
}

/** Files that attempts left half written when they died. */
async function removeTemporaries(folder: RunLayout): Promise<void> {
  for (const path of folder.folders) {
    for (const name of await readdir(path)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(path, name), { force: true });
    }
  }
}

/** Journals of chunks whose outcomes are written. */
async function removeJournals(folder: RunLayout): Promise<void> {
  for (const path of await finishedJournals(folder)) await rm(path, { force: true });
}
