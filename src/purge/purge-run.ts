/**
 * Removes a run's personal data, and leaves what it says in numbers, lines and ids. Safe to do again after any crash.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recordPurge, writePurgedTrail, type TrailDeps } from '../audit/trail.js';
import type { Purged } from '../contract/purge/outcomes.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import { readPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { rewriteReport } from '../report/rewrite-report.js';
import { readJournal } from '../store/chunk-journal.js';
import {
  readAllEntries,
  TEMPORARY_SUFFIX,
  writeEntries,
  writeEntriesOnce,
} from '../store/durable-file.js';
import { openRunFolder } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { removeSource } from './source-copy.js';
import { withoutPersons } from './without-persons.js';

export interface PurgeDeps extends TrailDeps {
  importRoot: string;
  runsRoot: string;
}

/** One purge of one run. */
export interface PurgeTask {
  run: RunRef;
  /** The purge itself. */
  purge: RunRef;
  /** On whose behalf. */
  actor: string;
}

/**
 * @param isRunning whether Temporal says that a run has not ended
 * @param progress called after each file
 */
export async function purgeRun(
  deps: PurgeDeps,
  task: PurgeTask,
  isRunning: (run: RunRef) => Promise<boolean>,
  progress: () => void,
): Promise<Purged> {
  const { importRoot, runsRoot, now } = deps;
  const { run } = task;
  const folder = await openRunFolder(runsRoot, run);
  // First of all: of what a later version wrote, this one does not know what to remove.
  const file = await sourceOf(folder);
  // Before anything is gone: nobody removes anything without a trace.
  await recordPurge(deps, folder, task);
  const counts = { removed: 0, reduced: 0 };
  const remove = async (path: string): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    counts.removed++;
    progress();
  };
  const reduce = async (path: string, entries: unknown[]): Promise<void> => {
    await writeEntries(path, entries);
    counts.reduced++;
    progress();
  };

  for (const path of await foreignFiles(folder)) await remove(path);
  await purgeOutcomes(folder, remove, reduce);
  const source =
    file === undefined
      ? undefined
      : { file, outcome: await removeSource(importRoot, runsRoot, run, file, isRunning) };
  await writePurgedTrail(folder);
  // Last of all: a purge that died half way is done again by the next one.
  const purgedAt = now().toISOString();
  const report = await rewriteReport(folder, (whole) => ({
    ...whole,
    purgedAt: whole.purgedAt ?? purgedAt,
    files: whole.files.filter((name) => KEPT.includes(name)),
  }));
  if (!report) await writeEntriesOnce(folder.purged, [{ purgedAt }]);
  const kept = (await readdir(folder.path)).filter((name) => KEPT.includes(name)).sort();
  return { run, ...counts, kept, source };
}

/** Undefined when the run never came to read its file. */
async function sourceOf(folder: RunLayout): Promise<string | undefined> {
  const report = await readReport(folder);
  if (report) return report.settings.file;
  const plan = await readPlan(folder).catch(ignoreMissing);
  return plan?.file;
}

/** Files for people that hold numbers, codes, lines and identity ids. */
const KEPT = ['audit.jsonl', 'report.json', 'report.html'];
/** Folders whose files hold no value of any row, but for the one that is removed from the plan. */
const FOLDERS = ['plan', 'outcomes', 'invitations', 'audit', 'undo'];

/** All files that may hold personal data: also what the operator has put there, such as a corrected copy. */
async function foreignFiles(folder: RunLayout): Promise<string[]> {
  const foreign = (await readdir(folder.path))
    .filter((name) => !KEPT.includes(name) && !FOLDERS.includes(name))
    .map((name) => join(folder.path, name));
  const own = [basename(folder.plan), basename(folder.chunks)];
  const inPlan = (await namesIn(join(folder.path, 'plan')))
    .filter((name) => !own.includes(name))
    .map((name) => join(folder.path, 'plan', name));
  const halfWritten = await Promise.all(
    FOLDERS.map(async (name) =>
      (await namesIn(join(folder.path, name)))
        .filter((file) => file.endsWith(TEMPORARY_SUFFIX))
        .map((file) => join(folder.path, name, file)),
    ),
  );
  return [...new Set([...foreign, ...inPlan, ...halfWritten.flat()])];
}

async function purgeOutcomes(
  folder: RunLayout,
  remove: (path: string) => Promise<void>,
  reduce: (path: string, entries: unknown[]) => Promise<void>,
): Promise<void> {
  const path = folder.outcomesFolder;
  const names = await namesIn(path);
  for (const name of names) {
    const file = join(path, name);
    if (name.endsWith('.jsonl')) {
      const rows = (await readAllEntries<RowOutcome>(file)) ?? [];
      if (rows.some((row) => 'email' in row)) await reduce(file, rows.map(withoutPersons));
    } else if (names.includes(name.replace(/journal$/, 'jsonl'))) await remove(file);
    else if (name.endsWith('.journal')) {
      // The chunk has not come to its end: only its journal has what is decided of its rows.
      const { attempts, outcomes } = await readJournal(file);
      const rows = [...outcomes.values()];
      if (rows.length > 0 && !rows.some((row) => 'email' in row)) continue;
      await reduce(file, [
        ...[...attempts].map((attempt) => ({ attempt })),
        ...rows.map((row) => ({ outcome: withoutPersons(row) })),
      ]);
    }
  }
}

async function namesIn(path: string): Promise<string[]> {
  return (await readdir(path).catch(ignoreMissing)) ?? [];
}
