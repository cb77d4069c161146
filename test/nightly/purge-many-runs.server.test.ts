import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRef } from '../../src/contract/ids.js';
import { imports, type Imports } from '../support/imports.js';
import { folderOf, reportIn } from '../support/run-folders.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** One execution of a purge takes 200. */
const RUNS = 205;
const LONG_AGO = new Date(Date.now() - 40 * 86_400_000).toISOString();

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
});
afterAll(() => world.close());

/** What a run's own files say of it. */
async function change(file: string, workflowId: string, keys: object): Promise<void> {
  const content = JSON.parse(await readFile(file, 'utf8')) as { run: RunRef };
  const run = { ...content.run, workflowId };
  await writeFile(file, JSON.stringify({ ...content, run, ...keys }));
}

test('more runs than one execution takes are all purged, though the worker is killed amid them', async () => {
  const worker = await startWorker(world);
  await all.write('many.csv', 'email\nann@people.example.com\n');
  await all.run('many-1', { file: 'many.csv' });
  const first = await folderOf(world, 'many-1');
  const names = Array.from({ length: RUNS }, (_, n) => `many-${n + 1}`);
  for (const name of names) {
    const folder = path.join(world.runs, name, path.basename(first));
    if (folder !== first) await cp(first, folder, { recursive: true });
    await change(path.join(folder, 'plan', 'plan.json'), name, {});
    await change(path.join(folder, 'report.json'), name, { finishedAt: LONG_AGO });
  }

  const purge = await all.client.workflow.start('purgeRuns', {
    taskQueue: 'user-import',
    workflowId: 'purge-many',
    args: [{ olderThanDays: 30, actor: 'alice' }],
  });
  const purged = async (): Promise<number> => {
    const reports = await Promise.all(
      names.map(async (name) => reportIn(await folderOf(world, name))),
    );
    return reports.filter(({ purgedAt }) => purgedAt !== undefined).length;
  };
  await until(async () => (await purged()) > 20);
  await worker.kill();
  expect(await purged()).toBeLessThan(RUNS);

  await startWorker(world);
  expect(await purge.result()).toEqual({ runs: { purged: RUNS, spared: 0 } });
  expect(await purged()).toBe(RUNS);
  for (const name of names)
    expect(await readdir(await folderOf(world, name))).not.toContain('results.csv');
  expect((await purge.describe()).runId).not.toBe(purge.firstExecutionRunId);
});
