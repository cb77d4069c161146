/** A run that was terminated leaves no report that could say that it was purged. */
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isOld, runsToPurge } from '../../../src/purge/old-runs.js';
import { purgeRun } from '../../../src/purge/purge-run.js';
import { pathOf, PlannedRun, RUN } from '../../support/planned-run.js';

const PURGE = { workflowId: 'purge', runId: '01a203a3-5f8b-73ab-9d32-9993c9956110' };
const DAY_MS = 86_400_000;
const before = () => Date.now() - 30 * DAY_MS;

async function terminated(): Promise<PlannedRun> {
  const run = await PlannedRun.of('email\nann@example.com\n');
  const longAgo = new Date(Date.now() - 40 * DAY_MS);
  const folder = pathOf(run.folder, run.folder.prefix);
  for (const entry of await readdir(folder, { recursive: true })) {
    await utimes(path.join(folder, entry), longAgo, longAgo);
  }
  return run;
}

/** @param dies called after each step; may throw */
const purge = ({ root, folder }: PlannedRun, dies: () => void = () => undefined) =>
  purgeRun(
    { importRoot: root, runs: folder.store, now: () => new Date() },
    { run: RUN, purge: PURGE, actor: 'olga', byRetention: true },
    () => Promise.resolve(false),
    dies,
  );
/** @param days later than now */
const due = ({ folder }: PlannedRun, days = 0) => {
  const now = new Date(Date.now() + days * DAY_MS);
  return runsToPurge(folder.store, { before: before(), most: 10, now });
};

it('is due when nothing of it has changed for long enough', async () => {
  const run = await terminated();
  expect(await due(run)).toEqual([RUN]);
  await utimes(pathOf(run.folder, run.folder.plan), new Date(), new Date());
  expect(await due(run)).toEqual([]);
});

it('is due again at once when its purge died half way, and is swept for two days once it is done', async () => {
  const run = await terminated();
  const dying = purge(run, () => {
    throw new Error('killed');
  });
  await expect(dying).rejects.toThrow('killed');
  expect(await due(run)).toEqual([RUN]);
  await purge(run);
  expect(await due(run, 1)).toEqual([RUN]);
  expect(await due(run, 3)).toEqual([]);
  // An attempt whose answer was lost may be made again.
  expect(await isOld(run.folder, before())).toBe(true);
  await purge(run);
  await run.folder.store.remove([run.folder.purged]);
  expect(await due(run, 3)).toEqual([RUN]);
});
