/**
 * Removes a run's personal data, and leaves what it says in numbers, lines and ids. Safe to do again after any crash.
 */
import { basename } from 'node:path';
import { recordPurge, writePurgedTrail, type TrailDeps } from '../audit/trail.js';
import type { Purged } from '../contract/purge/outcomes.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import { doubts, readJournal } from '../store/chunk-journal.js';
import { toStampedLines } from '../store/json-lines.js';
import { readOutcomesAt } from '../store/outcomes.js';
import { Log } from '../store/log.js';
import { mapAhead } from '../store/map-ahead.js';
import { findPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';
import type { Store } from '../store/store.js';
import { KEPT, personalFiles, type PersonalFiles } from './personal-files.js';
import { readPurgedAt, writePurgedAt } from './purged-at.js';
import { isCopyOf, removeSource } from './source-copy.js';
import { withoutPersons } from './without-persons.js';
import type { ImportRoot } from '../store/import-root.js';

export interface PurgeDeps extends TrailDeps {
  importRoot: ImportRoot;
  /** The store of the runs. */
  runs: Store;
}

/** One purge of one run. */
export interface PurgeTask {
  run: RunRef;
  /** The purge itself. */
  purge: RunRef;
  /** On whose behalf. */
  actor: string;
  /** Nobody has named the run: one that was purged already is swept, which leaves no event where nothing is found. */
  byRetention: boolean;
}

/**
 * @param isRunning whether Temporal says that a run has not ended
 * @param progress called after each step
 */
export async function purgeRun(
  deps: PurgeDeps,
  task: PurgeTask,
  isRunning: (run: RunRef) => Promise<boolean>,
  progress: () => void,
): Promise<Purged> {
  const { runs, now } = deps;
  const { run } = task;
  const folder = new RunLayout(runs, run);
  // First of all: of what cannot be read, it is not known what to remove.
  const imported = await sourceOf(folder);
  let recorded: Promise<void> | undefined;
  // Before anything is gone: nobody removes anything without a trace.
  const record = (): Promise<void> => (recorded ??= recordPurge(deps, folder, task));
  const isSweep = task.byRetention && (await readPurgedAt(folder)) !== undefined;
  if (!isSweep) await record();

  const counts = { removed: 0, reduced: 0 };
  await runs.tidy(folder.prefix, { isEnded: true });
  const cleaning = mapAhead(personalFiles(folder), (files) => clean(folder, files, record));
  for await (const { removed = 0, reduced = 0 } of cleaning) {
    counts.removed += removed;
    counts.reduced += reduced;
    progress();
  }
  const source = await purgeSource();
  if (recorded) await writePurgedTrail(folder);
  const versionsLeft = await forgetVersions(source);
  // Last of all: a purge that died half way is done again by the next one.
  await writePurgedAt(folder, now().toISOString(), KEPT);
  return { run, ...counts, kept: await keptOf(folder), source, versionsLeft };

  async function forgetVersions(removed: Purged['source']): Promise<string | undefined> {
    // Where it is gone, an attempt that died may have removed it.
    const isOurs =
      removed?.outcome === 'removed' ||
      (removed?.outcome === 'gone' && isCopyOf(removed.file, imported?.sha256));
    const ofSource = isOurs ? await deps.importRoot.store.forget?.(removed.file) : undefined;
    return (await runs.forget?.(folder.prefix)) ?? ofSource;
  }

  async function purgeSource(): Promise<Purged['source']> {
    if (imported === undefined) return undefined;
    const { file } = imported;
    const sources = deps.importRoot.store;
    const removal = { file, beforeRemoval: record, isRunning };
    return { file, outcome: await removeSource(sources, runs, run, removal) };
  }
}

/** Undefined when the run never came to read its file. */
async function sourceOf(
  folder: RunLayout,
): Promise<{ file: string; sha256: string | undefined } | undefined> {
  const report = await readReport(folder);
  if (report) return { file: report.settings.file, sha256: report.sha256 };
  const plan = await findPlan(folder);
  return plan && { file: plan.file, sha256: plan.findings.sha256 };
}

type Cleaned = Partial<Pick<Purged, 'removed' | 'reduced'>>;

/** @param record called before anything is removed */
async function clean(
  folder: RunLayout,
  files: PersonalFiles,
  record: () => Promise<void>,
): Promise<Cleaned> {
  switch (files.do) {
    case 'remove':
      await record();
      await folder.store.remove(files.keys);
      return { removed: files.keys.length };
    case 'reduce':
      return reduceOutcomes(folder, files.key, record);
    case 'reduce-journal':
      return reduceJournal(folder, files, record);
  }
}

async function reduceOutcomes(
  { store }: RunLayout,
  key: string,
  record: () => Promise<void>,
): Promise<Cleaned> {
  const rows = (await readOutcomesAt(store, key)) ?? [];
  if (!rows.some(namesPerson)) return {};
  await record();
  await store.replace(key, toStampedLines(rows.map(withoutPersons)));
  return { reduced: 1 };
}

async function reduceJournal(
  { store }: RunLayout,
  { prefix, keys }: { prefix: string; keys: string[] },
  record: () => Promise<void>,
): Promise<Cleaned> {
  const journal = await readJournal(store, prefix);
  const { attempts, left, intents, passwords, outcomes } = journal;
  const rows = [...outcomes.values()];
  const isReduced = intents.size + passwords.size === 0 && !rows.some(namesPerson);
  if (isReduced && keys.length === 1) return {};
  await record();
  const log = new Log<object>(store, prefix);
  await log.add([
    ...[...attempts].map((attempt) => ({ attempt })),
    // Without its intents nobody can tell rows that are half done from others: then all of them stay in doubt.
    ...(doubts(journal)(undefined)
      ? []
      : [...left.keys()].map((attempt) => ({ left: attempt, unmade: [] }))),
    ...rows.map((row) => ({ outcome: withoutPersons(row) })),
  ]);
  await store.remove(keys);
  return { reduced: 1 };
}

function namesPerson(row: RowOutcome): boolean {
  return 'email' in row;
}

async function keptOf(folder: RunLayout): Promise<string[]> {
  const keys = [folder.auditTrail, folder.page, folder.report];
  const facts = await Promise.all(keys.map((key) => folder.store.stat(key)));
  return keys.filter((_, i) => facts[i]).map((key) => basename(key));
}
