import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type Ended } from '../support/command.js';
import { imports, progressOf, wasCancelled, type Imports } from '../support/imports.js';
import { steer } from '../support/steering.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let all: Imports;
let desk: string;

const ID = 'import-users';
const FILE = 'users.csv';
const INPUT = { file: FILE, chunkSize: 5, canaryRows: 10 };

/** One file in three runs: cancelled after its canary, terminated after it, done. */
beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
  const people = Array.from({ length: 30 }, (_, i) => `person${i}@runs.example`);
  await all.write(FILE, ['email', ...people, ''].join('\n'));
  const first = await atTheGate();
  await first.cancel();
  expect(await wasCancelled(first)).toBe(true);
});

afterAll(async () => {
  await rm(desk, { recursive: true });
  await world.close();
});

async function atTheGate() {
  const handle = await all.start(ID, INPUT);
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  return handle;
}

const command = (args: string[], settings = {}): Promise<Ended> =>
  runCommand(world, desk, args, { IMPORT_RUNS: world.runs, ...settings });

interface Listed {
  imports: { workflowId: string; state: string; next: string; runs: Record<string, unknown>[] }[];
  notSeen: string[];
}

async function listed(args: string[] = [], settings = {}): Promise<Listed> {
  return JSON.parse((await command(['runs', ...args, '--json'], settings)).out) as Listed;
}

test('a file that was started again is one import with two runs, and the sum of both', async () => {
  const second = await atTheGate();
  const { imports: waiting } = await listed();
  expect(waiting).toMatchObject([
    {
      ...{ workflowId: ID, state: 'awaiting-approval', next: `user-import approve ${ID}` },
      runs: [{ state: 'awaiting-approval' }, { state: 'cancelled', rows: { created: 10 } }],
    },
  ]);
  await steer(second, 'update', 'approve');
  await second.result();
  const { out } = await command(['report', '--no-open']);
  expect(out).toContain(`The newest import: ${ID}\n`);
  expect(out).toContain('All 2 runs together: 30 users created.\n');
  expect(out).toContain(`${ID}: Done. 20 users created.`);
  const both = await command(['runs', ID]);
  for (const line of both.out.split('\n')) {
    if (!line.includes('user-import')) expect(line.length).toBeLessThanOrEqual(80);
  }
});

test('either of Temporal and the store is enough, and what could not be seen is said', async () => {
  const noStore = await listed([ID], { IMPORT_RUNS: '' });
  expect(noStore.imports[0]!.runs.map(({ state }) => state)).toEqual(['done', 'cancelled']);
  expect(noStore.notSeen).toEqual([expect.stringContaining('IMPORT_RUNS is not set')]);
  const noTemporal = await listed([ID], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(noTemporal.imports[0]!.runs).toMatchObject([{ rows: { created: 20 } }, { rows: {} }]);
  expect(noTemporal.notSeen).toEqual([expect.stringContaining('Temporal cannot be reached')]);
  const neither = await command(['runs'], { IMPORT_RUNS: '', TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(neither.code).toBe(3);
});
