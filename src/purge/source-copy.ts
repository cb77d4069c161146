/** The copy of an imported file that the command made in the import root. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { InputError } from '../contract/errors.js';
import type { SourceOutcome } from '../contract/purge/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import { allRuns, ignoreUnreadable, RUNS_AHEAD } from '../store/find-run.js';
import { mapAhead } from '../store/map-ahead.js';
import { partsOf } from '../store/parts-of.js';
import { findPlan } from '../store/plan.js';
import { RunLayout } from '../store/run-layout.js';
import { isKey, type Store } from '../store/store.js';

/** As src/cli/stage-file.ts names it: by the beginning of its content's checksum. */
const COPY = /-(?<digest>[0-9a-f]{12})(\.[^.]*)?$/;

export interface SourceRemoval {
  /** Path below the import root. */
  file: string;
  isRunning: (run: RunRef) => Promise<boolean>;
  beforeRemoval: () => Promise<void>;
}

/**
 * Removes the file of a run, where it is a copy that the command made and no run reads it any more.
 * @param sources the store of the import root
 * @param runs that of the runs
 */
export async function removeSource(
  sources: Store,
  runs: Store,
  run: RunRef,
  { file, isRunning, beforeRemoval }: SourceRemoval,
): Promise<SourceOutcome> {
  const digest = digestIn(file);
  if (digest === undefined) return 'yours';
  const content = await sha256(sources, file);
  if (content === undefined) return 'gone';
  if (!content.startsWith(digest)) return 'yours';
  const others = mapAhead(
    allRuns(runs),
    async (other) => !isSame(other, run) && (await isStillToRead(runs, other, file)) && other,
    RUNS_AHEAD,
  );
  for await (const other of others) if (other && (await isRunning(other))) return 'in_use';
  await beforeRemoval();
  await sources.remove([file]);
  return 'removed';
}

/** Whether it has the name of a copy that the command made of this content. */
export function isCopyOf(file: string, sha256 = ''): boolean {
  const digest = digestIn(file);
  return digest !== undefined && sha256.startsWith(digest);
}

/** A copy lies in the import root itself. The name comes from a report: no other path is even looked at. */
function digestIn(file: string): string | undefined {
  const isInRoot = basename(file) === file && isKey(file);
  return isInRoot ? COPY.exec(file)?.groups?.['digest'] : undefined;
}

/** Whether a run without a report, which may go on, imports the file. */
async function isStillToRead(runs: Store, run: RunRef, file: string): Promise<boolean> {
  const folder = new RunLayout(runs, run);
  if (await runs.stat(folder.report)) return false;
  const plan = await findPlan(folder).catch(ignoreUnreadable);
  // Without a plan yet, it may be any file.
  return plan === undefined || plan.file === file;
}

function isSame(a: RunRef, b: RunRef): boolean {
  return a.workflowId === b.workflowId && a.runId === b.runId;
}

/** Undefined when there is no such file. What is no plain file is not the copy. */
async function sha256(sources: Store, file: string): Promise<string | undefined> {
  try {
    if (!(await sources.stat(file))) return undefined;
    const hash = createHash('sha256');
    for await (const bytes of partsOf(sources, file)) hash.update(bytes);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof InputError) return 'other';
    throw error;
  }
}
