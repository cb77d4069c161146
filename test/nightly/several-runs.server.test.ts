import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
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

/** One file in several runs: first it is cancelled after its canary. */
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

/** As if nothing had been written for an hour. */
async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    await utimes(path.join(entry.parentPath, entry.name), then, then);
  }
}

test('a run that was terminated says what there is, and its report is made once it has ended', async () => {
  const id = 'terminated';
  const people = Array.from({ length: 20 }, (_, i) => `other${i}@runs.example`);
  await all.write('others.csv', ['email', ...people, ''].join('\n'));
  const handle = await all.start(id, { ...INPUT, file: 'others.csv' });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  const { runId } = await handle.describe();
  const folder = path.join(world.runs, id, runId);
  const make = ['report', id, '--make', '--no-open'];
  const running = await command(make);
  expect(running).toMatchObject({ code: 2, out: expect.stringContaining('still runs') as string });
  await handle.terminate();

  const before = await command(['report', id]);
  expect(before.out).toContain(`${id}: It was ended (terminated), and left no report.`);
  expect(before.out).toContain('What is known of the rows: 10 created, 10 unprocessed.');
  expect(before.out).toContain(`--run ${runId} --make`);
  expect(before.out).toContain('user-import start others.csv');
  expect(before.code).toBe(1);

  expect((await command(make)).out).toContain('within the last minute');
  await age(folder);
  const made = await command(make);
  expect(made.out).toContain(`${id}: Terminated. 10 users created.`);
  expect(made.out).toContain('user-import start others.csv');
  expect(made.code).toBe(1);
  const report = JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as object;
  expect(report).toMatchObject({
    ending: 'terminated',
    settings: { canaryRows: 10, chunkSize: 5 },
  });
  const results = await readFile(path.join(folder, 'results.csv'), 'utf8');
  expect(results.match(/,created,/g)).toHaveLength(10);
  expect(results.trimEnd().split('\n')).toHaveLength(21);

  const again = await all.run(id, { ...INPUT, canaryRows: 0, file: 'others.csv' });
  expect(again.combined).toMatchObject({ total: 20, created: 20 });
});

test('where Temporal cannot be asked, a report is made when the operator says that the run has ended', async () => {
  const away = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const id = 'forgotten';
  const handle = await all.start(id, INPUT);
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  await handle.terminate();
  expect((await command(['report', id, '--make'], away)).code).toBe(3);
  const made = await command(['report', id, '--make', '--ended', '--no-open'], away);
  expect(made.out).toContain(`${id}: Terminated.`);
});
