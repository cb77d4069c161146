/** One file in several runs: cancelled, started again, retried, and then undone as a whole while workers die. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import { createAuditTable, storedEvents } from '../support/audit-table.js';
import { runCommand } from '../support/command.js';
import { allIdentities } from '../support/identities.js';
import { imports, table, wasCancelled, type Imports } from '../support/imports.js';
import { reportIn } from '../support/run-folders.js';
import { planOf, startUndo, undoProgressOf } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 200;
const CANARY = 140;
const WRONG = 5;

let world: World;
let all: Imports;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  await createAuditTable(world.databaseUrl);
  all = await imports(world);
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
});

afterAll(() => world.close());

test('every user of all its runs is deleted once and audited once, the newest run first', async () => {
  const settings = { AUDIT_DATABASE_URL: world.databaseUrl };
  let worker = await startWorker(world, settings);
  const again = async () => {
    await worker.kill();
    worker = await startWorker(world, settings);
  };
  const good = Array.from({ length: ROWS - WRONG }, (_, i) => `runs${i}@example.com`);
  const wrong = Array.from({ length: WRONG }, (_, i) => `wrong${i}-at-example.com`);
  await all.write('runs.csv', ['email', ...good, ...wrong, ''].join('\n'));
  const input = { file: 'runs.csv', onInvalid: 'import-valid', chunkSize: 20 };

  const first = await all.start('runs', { ...input, canaryRows: CANARY });
  await planOf(first);
  await first.cancel();
  expect(await wasCancelled(first)).toBe(true);
  expect(await all.run('runs', input)).toMatchObject({ rows: { created: ROWS - WRONG - CANARY } });
  const corrected = wrong.map((address) => address.replace('-at-', '@'));
  await writeFile(path.join(desk, 'corrected.csv'), ['email', ...corrected, ''].join('\n'));
  expect((await runCommand(world, desk, ['retry', 'runs', 'corrected.csv'])).code).toBe(0);
  const left = async () => (await allIdentities(world.kratos.adminUrl)).length;
  expect(await left()).toBe(ROWS);

  const handle = await startUndo(all, { workflowId: 'runs' });
  await again();
  const { plan, runs } = await planOf(handle);
  expect(plan).toMatchObject({ deleted: ROWS, kept: 0 });
  expect(runs.map(({ run, rows }) => [run.workflowId, rows])).toEqual([
    ['runs-retry-1', WRONG],
    ['runs', ROWS - WRONG - CANARY],
    ['runs', CANARY],
  ]);
  expect(await left()).toBe(ROWS);
  await handle.executeUpdate('approve');
  for (const fewest of [ROWS - 20, CANARY - 20]) {
    await until(async () => (await left()) <= fewest);
    await again();
  }

  const summary = (await handle.result()) as UndoSummary;
  expect(summary).toMatchObject({
    undone: { deleted: ROWS, already_deleted: 0, kept: 0, undoneBefore: 0 },
    notReached: 0,
  });
  expect(await undoProgressOf(handle)).toMatchObject({ phase: 'done', rows: { done: ROWS } });
  expect(await left()).toBe(0);
  for (const [i, { folder }] of summary.runs.entries()) {
    const list = await table(folder, 'undo.csv');
    expect(list.map((row) => row['undone'])).toEqual(Array(runs[i]!.rows).fill('deleted'));
    expect((await reportIn(folder)).undone).toMatchObject({ deleted: runs[i]!.rows });
    const trail = await readFile(path.join(folder, 'audit.jsonl'), 'utf8');
    expect(trail.match(/user_import_undone/g)).toHaveLength(runs[i]!.rows);
  }
  const stored = await storedEvents(world.databaseUrl);
  const undone = stored.filter(({ event_type }) => event_type === 'user_import_undone');
  expect(undone).toHaveLength(ROWS);
  expect(new Set(undone.map(({ identity_id }) => identity_id)).size).toBe(ROWS);

  const nothing = await startUndo(all, { workflowId: 'runs' });
  expect(await nothing.result()).toMatchObject({ undone: { deleted: 0, undoneBefore: ROWS } });
});

test('a cancelled undo lists the runs that it has begun, and the next one goes on with the rest', async () => {
  const people = Array.from({ length: 100 }, (_, i) => `rest${i}@example.com`);
  for (const count of [50, 100]) {
    await all.write('rest.csv', ['email', ...people.slice(0, count), ''].join('\n'));
    await all.run('rest', { file: 'rest.csv', chunkSize: 5 });
  }
  const handle = await startUndo(all, { workflowId: 'rest' });
  await planOf(handle);
  await handle.executeUpdate('pause');
  await handle.executeUpdate('approve');
  await handle.cancel();
  expect(await wasCancelled(handle)).toBe(true);
  const { runs } = await undoProgressOf(handle);
  const [newer, older] = runs.map(({ run }) => path.join(world.runs, 'rest', run.runId));
  const list = await table(newer!, 'undo.csv');
  expect(list.map((row) => row['undone'])).toEqual(Array(50).fill('not_reached'));
  // Nobody was reached: the import is as it was.
  expect((await reportIn(newer!)).undone).toBeUndefined();
  await expect(readFile(path.join(older!, 'undo.csv'))).rejects.toThrow('ENOENT');

  const second = await startUndo(all, { workflowId: 'rest' });
  await planOf(second);
  await second.executeUpdate('approve');
  expect(await second.result()).toMatchObject({ undone: { deleted: 100 }, notReached: 0 });
  expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
});
