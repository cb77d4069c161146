/** Making a run's folder, and looking into it. */
import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunRef } from '../contract/ids.js';
import { syncFolderOf } from './durable-file.js';
import { ignoreMissing } from './ignore-missing.js';
import { confirmFolder } from './plain-file.js';
import { RunLayout } from './run-layout.js';

/** Makes the folders, for their owner only, and proves that they can be written. */
export async function createRunFolder(layout: RunLayout): Promise<void> {
  for (const folder of layout.folders) await createFolder(folder);
  await confirmRunFolder(layout);
  await access(layout.path, constants.W_OK | constants.X_OK);
}

/**
 * The folder of a run that is there.
 * @throws InputError for one that is a link; an ENOENT error when this worker does not see it
 */
export async function openRunFolder(runsRoot: string, run: RunRef): Promise<RunLayout> {
  const layout = new RunLayout(runsRoot, run);
  await confirmRunFolder(layout);
  return layout;
}

/**
 * Proves that the folder and those in it lie below the runs folder, and are no links to somewhere else.
 * @throws InputError; an ENOENT error when this worker does not see the folder
 */
export async function confirmRunFolder(layout: RunLayout): Promise<void> {
  await confirmFolder(dirname(layout.path));
  await confirmFolder(layout.path);
  for (const folder of [...layout.folders, layout.undoFolder]) {
    if (folder !== layout.path) await confirmFolder(folder).catch(ignoreMissing);
  }
}

/** Makes the folder of the undo, which other runs do not have. */
export async function createUndoFolder(layout: RunLayout): Promise<void> {
  await createFolder(layout.undoFolder);
  await confirmRunFolder(layout);
}

/** The names of it and of the folders that were made above it are on disk when this returns. */
async function createFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolderOf(made);
}

/** Whether any chunk has begun. */
export async function hasOutcomes(layout: RunLayout): Promise<boolean> {
  return (await readdir(layout.outcomesFolder)).length > 0;
}

/** The journals of the chunks that have their outcomes. */
export async function finishedJournals(layout: RunLayout): Promise<string[]> {
  const names = await readdir(layout.outcomesFolder);
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(layout.outcomesFolder, name.replace(/jsonl$/, 'journal')));
}

/** The files with the audit events of purges, in the order of their run ids, which begin with the time. */
export async function purgesOf(layout: RunLayout): Promise<string[]> {
  const folder = dirname(layout.auditStart);
  const names = await readdir(folder);
  return names
    .filter((name) => /^purge-[\w-]+\.jsonl$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
