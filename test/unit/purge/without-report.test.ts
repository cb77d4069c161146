/** A run that was terminated leaves no report that could say that it was purged. */
import { readdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isOld, runsToPurge } from '../../../src/purge/old-runs.js';
import { purgeRun } from '../../../src/purge/purge-run.js';
import type { RunLayout } from '../../../src/store/run-layout.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';

const PURGE = { workflowId: 'purge', runId: '01a203a3-5f8b-73ab-9d32-9993c9956110' };
const DAY_MS = 86_400_000;
const before = () => Date.now() - 30 * DAY_MS;

async function terminated(): Promise<PlannedRun> {
  const run = await PlannedRun.of('email\nann@example.com\n');
  const longAgo = new Date(Date.now() - 40 * DAY_MS);
  for (const entry of [...(await readdir(run.folder.path, { recursive: true })), '.']) {
    await utimes(path.join(run.folder.path, entry), longAgo, longAgo);
  }
  return run;
}

/** @param dies called after each file that goes; may throw */
const purge = ({ importRoot, folder }: PlannedRun, dies: () => void = () => undefined) =>
  purgeRun(
    { importRoot, runsRoot: runsOf(folder), now: () => new Date() },
    { run: RUN, purge: PURGE, actor: 'olga' },
    () => Promise.resolve(false),
    dies,
  );
const runsOf = ({ path: folder }: RunLayout) => path.resolve(folder, '..', '..');
const due = ({ folder }: PlannedRun) => runsToPurge(runsOf(folder), before(), 10);

it('is due when nothing of it has changed for long enough', async () => {
  const run = await terminated();
  expect(await due(run)).toEqual([RUN]);
  await utimes(run.folder.plan, new Date(), new Date());
  expect(await due(run)).toEqual([]);
});

it('is due again at once when its purge died half way, and not any more once it is done', async () => {
  const run = await terminated();
  const dying = purge(run, () => {
    throw new Error('killed');
  });
  await expect(dying).rejects.toThrow('killed');
  expect(await due(run)).toEqual([RUN]);
  await purge(run);
  expect(await due(run)).toEqual([]);
  // An attempt whose answer was lost may be made again.
  expect(await isOld(run.folder, before())).toBe(true);
  await purge(run);
  await rm(run.folder.purged);
  expect(await due(run)).toEqual([RUN]);
});
