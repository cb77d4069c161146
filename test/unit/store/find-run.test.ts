import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allRuns, findRun } from '../../../src/store/find-run.js';
import { createRunFolder } from '../../../src/store/run-folder.js';
import { RunLayout } from '../../../src/store/run-layout.js';
import { temporaryFolder } from '../../support/planned-run.js';

const ID = 'import-2026-11';
const [A, B, C] = ['a', 'b', 'c'].map(
  (letter) => `${letter.repeat(8)}-0000-4000-8000-000000000001`,
) as [string, string, string];

/** Runs of ID: a run with a report has its start in it, another run has only a plan of that time. */
async function runsOf(starts: Record<string, { report?: string; plan?: string }>): Promise<string> {
  const root = await temporaryFolder();
  for (const [runId, { report, plan }] of Object.entries(starts)) {
    const folder = new RunLayout(root, { workflowId: ID, runId });
    await createRunFolder(folder);
    if (report) await writeFile(folder.report, JSON.stringify({ startedAt: report }));
    if (plan) {
      await writeFile(folder.plan, '{}');
      await utimes(folder.plan, new Date(plan), new Date(plan));
    }
  }
  return root;
}

describe('which run of a workflow id is meant', () => {
  it('is the one that started last, whatever the order of the names', async () => {
    const root = await runsOf({
      [B]: { report: '2026-11-01T10:00:00.000Z' },
      [A]: { report: '2026-11-03T10:00:00.000Z' },
      [C]: { report: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(root, ID)).toEqual({ workflowId: ID, runId: A });
  });

  it('is the one without a report where its plan is the newest: it may still run', async () => {
    const root = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z' },
      [B]: { plan: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(root, ID)).toEqual({ workflowId: ID, runId: B });
  });

  it('is that of the report and not of a plan that was touched since', async () => {
    const root = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z', plan: '2026-11-09T10:00:00.000Z' },
      [B]: { plan: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(root, ID)).toEqual({ workflowId: ID, runId: B });
  });

  it('is the one that is named', async () => {
    const root = await runsOf({
      [A]: { report: '2026-11-01T10:00:00.000Z' },
      [B]: { report: '2026-11-02T10:00:00.000Z' },
    });
    expect(await findRun(root, ID, A)).toEqual({ workflowId: ID, runId: A });
  });

  it('is none where there is none of that name', async () => {
    const root = await runsOf({ [A]: { report: '2026-11-01T10:00:00.000Z' } });
    expect(await findRun(root, 'another')).toBeUndefined();
    expect(await findRun(root, ID, B)).toBeUndefined();
    expect(await findRun(join(root, 'nowhere'), ID)).toBeUndefined();
  });

  it('is one that a schedule has started', async () => {
    const root = await temporaryFolder();
    const run = { workflowId: 'nightly-2026-11-27T15:00:00Z', runId: A };
    await createRunFolder(new RunLayout(root, run));
    expect(await findRun(root, run.workflowId)).toEqual(run);
    expect(await allRuns(root)).toEqual([run]);
  });

  it('is none whose folder has the name of no run', async () => {
    const root = await runsOf({ backup: {}, [A]: {} });
    expect(await findRun(root, ID, 'backup')).toBeUndefined();
    expect(await allRuns(root)).toEqual([{ workflowId: ID, runId: A }]);
  });

  it('is none outside the runs folder', async () => {
    const root = await runsOf({ [A]: {} });
    expect(await findRun(join(root, ID), '..')).toBeUndefined();
    expect(await findRun(root, ID, '..')).toBeUndefined();
    expect(await findRun(root, ID, `../import-2026-11/${A}`)).toBeUndefined();
  });

  it('is none where a file has the name of the folder', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, ID), '');
    expect(await findRun(root, ID)).toBeUndefined();
  });
});
