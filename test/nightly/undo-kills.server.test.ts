/** Workers that die in the middle of an undo. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UndoSummary } from '../../src/contract/undo/outcomes.js';
import { createAuditTable, storedEvents } from '../support/audit-table.js';
import { allIdentities } from '../support/identities.js';
import { imports, table, type Imports } from '../support/imports.js';
import { planOf, startUndo, undoProgressOf } from '../support/undo.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

const ROWS = 200;
/** The numbers of users left at which the worker is killed. */
const KILLED_AT = [120];

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  await createAuditTable(world.databaseUrl);
  all = await imports(world);
});

afterAll(() => world.close());

test('each user is deleted once and audited once, however often the worker dies', async () => {
  const settings = { AUDIT_DATABASE_URL: world.databaseUrl };
  let worker = await startWorker(world, settings);
  const lines = Array.from({ length: ROWS }, (_, i) => `killed${i}@example.com`);
  await all.write('killed.csv', ['email', ...lines, ''].join('\n'));
  const { folder } = await all.run('killed', { file: 'killed.csv', chunkSize: 50 });
  const handle = await startUndo(all, { workflowId: 'killed' });
  await planOf(handle);
  await handle.executeUpdate('approve');

  const left = async () => (await allIdentities(world.kratos.adminUrl)).length;
  for (const fewest of KILLED_AT) {
    await until(async () => (await left()) <= fewest);
    await worker.kill();
    expect(await left()).toBeGreaterThan(0);
    worker = await startWorker(world, settings);
  }
  const { undone, notReached } = (await handle.result()) as UndoSummary;
  expect([undone, notReached]).toMatchObject([
    { deleted: ROWS, already_deleted: 0, kept: 0, undoneBefore: 0 },
    0,
  ]);
  expect(await undoProgressOf(handle)).toMatchObject({ phase: 'done', rows: { done: ROWS } });
  expect(await left()).toBe(0);

  const list = await table(folder, 'undo.csv');
  expect(list.map((row) => row['undone'])).toEqual(Array(ROWS).fill('deleted'));
  const trail = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  const events = trail.filter((line) => line.includes('user_import_undone'));
  expect(new Set(events.map((line) => (JSON.parse(line) as { target: string }).target)).size).toBe(
    ROWS,
  );
  expect(events).toHaveLength(ROWS);
  const stored = await storedEvents(world.databaseUrl);
  const undoneThere = stored.filter(({ event_type }) => event_type === 'user_import_undone');
  expect(undoneThere).toHaveLength(ROWS);
  expect(new Set(undoneThere.map(({ identity_id }) => identity_id)).size).toBe(ROWS);
});
