/** The copy of an imported file that the command made in the import root. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../contract/errors.js';
import type { SourceOutcome } from '../contract/purge/outcomes.js';
import type { RunRef } from '../contract/ids.js';
import { allRuns } from '../store/find-run.js';
import { ignoreMissing } from '../store/ignore-missing.js';
import { openToRead } from '../store/plain-file.js';
import { readPlan } from '../store/plan.js';
import { readReport } from '../store/report-file.js';
import { RunLayout } from '../store/run-layout.js';

/** As src/cli/stage-file.ts names it: by the beginning of its content's checksum. */
const COPY = /-(?<digest>[0-9a-f]{12})(\.[^.]*)?$/;

/**
 * Removes the file of a run, where it is a copy that the command made and no run reads it any more.
 * @param file path below `importRoot`
 */
export async function removeSource(
  importRoot: string,
  runsRoot: string,
  run: RunRef,
  file: string,
  isRunning: (run: RunRef) => Promise<boolean>,
): Promise<SourceOutcome> {
  // A copy lies in the import root itself. The name comes from a report: no other path is even looked at.
  const digest = basename(file) === file ? COPY.exec(file)?.groups?.['digest'] : undefined;
  if (digest === undefined) return 'yours';
  const path = join(importRoot, file);
  const content = await sha256(path);
  if (content === undefined) return 'gone';
  if (!content.startsWith(digest)) return 'yours';
  for (const other of await otherRuns(runsRoot, run)) {
    if ((await isStillToRead(runsRoot, other, file)) && (await isRunning(other))) return 'in_use';
  }
  await rm(path, { force: true });
  return 'removed';
}

/** Whether a run without a report, which may go on, imports the file. */
async function isStillToRead(runsRoot: string, run: RunRef, file: string): Promise<boolean> {
  const folder = new RunLayout(runsRoot, run);
  if (await readReport(folder)) return false;
  const plan = await readPlan(folder).catch(() => undefined);
  // Without a plan yet, it may be any file.
  return plan === undefined || plan.file === file;
}

async function otherRuns(runsRoot: string, than: RunRef): Promise<RunRef[]> {
  const runs = await allRuns(runsRoot);
  return runs.filter(
    ({ workflowId, runId }) => workflowId !== than.workflowId || runId !== than.runId,
  );
}

/** Undefined when there is no such file. What is no plain file is not the copy. */
async function sha256(path: string): Promise<string | undefined> {
  const file = await openToRead(path).catch((error: unknown) =>
    error instanceof InputError ? 'other' : ignoreMissing(error),
  );
  if (file === undefined || file === 'other') return file;
  const hash = createHash('sha256');
  for await (const bytes of file.createReadStream()) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
