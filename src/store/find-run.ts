/** Finding runs by their folders: a workflow id may be used again, and each run under it has a folder of its own. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunId, isWorkflowId, type RunRef } from '../contract/ids.js';
import type { Report } from '../contract/report.js';
import { emptyIfMissing } from './ignore-missing.js';
import { readText } from './plain-file.js';
import { RunLayout } from './run-layout.js';
import { folderOfWorkflow, workflowOfFolder } from './workflow-folder.js';

/**
 * @param runId the run that is meant; the newest one when absent
 * @returns undefined when there is no such run below `runsRoot`
 */
export async function findRun(
  runsRoot: string,
  workflowId: string,
  runId?: string,
): Promise<RunRef | undefined> {
  if (!isWorkflowId(workflowId)) return undefined;
  const entries = await readdir(join(runsRoot, folderOfWorkflow(workflowId)), {
    withFileTypes: true,
  }).catch(emptyIfMissing);
  const runs = entries
    .filter((entry) => entry.isDirectory() && isRunId(entry.name))
    .map(({ name }) => ({ workflowId, runId: name }));
  if (runId !== undefined) return runs.find((run) => run.runId === runId);
  const dated = await Promise.all(
    runs.map(async (run) => ({ run, at: await startOf(new RunLayout(runsRoot, run)) })),
  );
  return dated.sort((a, b) => b.at - a.at)[0]?.run;
}

/** Every run that has a folder. */
export async function allRuns(runsRoot: string): Promise<RunRef[]> {
  const runs: RunRef[] = [];
  for (const entry of await readdir(runsRoot, { withFileTypes: true })) {
    const workflowId = workflowOfFolder(entry.name);
    // Whatever else is there is none of the import's.
    if (!entry.isDirectory() || workflowId === undefined) continue;
    const inside = await readdir(join(runsRoot, entry.name), { withFileTypes: true });
    for (const run of inside) {
      if (run.isDirectory() && isRunId(run.name)) runs.push({ workflowId, runId: run.name });
    }
  }
  return runs;
}

/** In milliseconds. A run that has no report yet is dated by its plan, and one without a plan by its folder. */
async function startOf(folder: RunLayout): Promise<number> {
  return (
    (await reportedStart(folder.report)) ??
    (await changedAt(folder.plan)) ??
    (await changedAt(folder.path)) ??
    0
  );
}

async function reportedStart(path: string): Promise<number | undefined> {
  try {
    const { startedAt } = JSON.parse(await readText(path)) as Partial<Report>;
    return startedAt === undefined ? undefined : Date.parse(startedAt);
  } catch {
    return undefined; // There is none yet, or the file is no report.
  }
}

async function changedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
