import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportSummary } from '../../../activities/index.js';
import type { Report } from '../../../src/contract/report.js';
import { runCommand, type Ended } from '../../support/command.js';
import { imports, progressOf, type Imports } from '../../support/imports.js';
import { reportIn } from '../../support/run-folders.js';
import { steer } from '../../support/steering.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
let all: Imports;
let desk: string;
let handle: WorkflowHandle;
let whileRunning: Ended;
let summary: ReportSummary;
let page: string;
let report: Report;

const ID = 'reported';

/** One import that is paused, changed and resumed, and that leaves a row out. */
beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
  const people = Array.from({ length: 60 }, (_, i) => `person${i}@reported.example`);
  await all.write('users.csv', ['email', ...people, 'nobody at all', ''].join('\n'));
  handle = await all.start(ID, {
    ...{ file: 'users.csv', onInvalid: 'import-valid', chunkSize: 5, approval: 'required' },
    mode: 'update',
    invitations: { perMinute: 30_000 },
  });
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  whileRunning = await command('report', ID);
  await steer(handle, 'update', 'pause');
  await steer(handle, 'update', 'setMode', 'skip');
  await steer(handle, 'update', 'setConcurrency', 2);
  await steer(handle, 'update', 'setEmailRate', 60_000);
  await steer(handle, 'update', 'approve');
  await steer(handle, 'update', 'resume');
  summary = (await handle.result()) as ReportSummary;
  page = await readFile(path.join(summary.folder, 'report.html'), 'utf8');
  report = await reportIn(summary.folder);
});

afterAll(async () => {
  await rm(desk, { recursive: true });
  await world.close();
});

function command(...args: string[]): Promise<Ended> {
  return runCommand(world, desk, args, { IMPORT_RUNS: world.runs });
}

test('the report has every switch with its time and who made it, in order', () => {
  expect(report.timeline.map(({ by, text }) => `${by}: ${text.split(/[.:;]/)[0]!}`)).toEqual([
    'import: The plan is ready',
    'operator: Paused',
    'operator: Existing users',
    'operator: Chunks in flight',
    'operator: Invitations',
    'operator: Approved',
    'operator: Resumed',
  ]);
  const times = report.timeline.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  for (const at of times) expect(page).toContain(`<time datetime="${at}"`);
});

test('its history ends with the counts of the report', () => {
  expect(report.history.rows.at(-1)!.done).toBe(report.rows.total);
  expect(report.history.mails[0]).toMatchObject({ sent: 0, failed: 0 });
  expect(report.history.mails.at(-1)).toMatchObject({ sent: 60, failed: 0 });
  expect(report.invitations.sent).toBe(60);
});

test('its page says the same and holds no address', () => {
  expect(page).toContain('<h1>60 users created</h1>');
  expect(page).toContain('invalid_email');
  expect(page).not.toMatch(/person\d|reported\.example|nobody at all/);
});

test('the command says how it ended, where the page is and what to do next', async () => {
  const { code, out } = await command('report', ID);
  expect(out).toContain(`${ID}: Done, with rows left out. 60 users created.`);
  expect(out).toMatch(/created +60\n/);
  expect(out).toMatch(/^ +1 {2}invalid_email {2}line 62\n +Correct the address\.$/m);
  expect(out).toContain('Invitations: 60 sent');
  expect(out).toContain(`Report: ${path.join(summary.folder, 'report.html')}\n`);
  for (const next of ['retry', 'undo', 'purge']) expect(out).toContain(`user-import ${next} ${ID}`);
  expect(out).not.toContain('@');
  expect(code).toBe(1);
});

test('it takes a run id, and refuses one that is not there', async () => {
  expect((await command('report', ID, '--run', report.run.runId)).out).toContain(
    '60 users created',
  );
  const none = await command('report', ID, '--run', '00000000-0000-4000-8000-000000000000');
  expect(none.out).toContain('There is no import');
  expect(none.code).toBe(2);
});

test('while the import runs it says so', () => {
  expect(whileRunning.out).toContain('still runs');
  expect(whileRunning.code).toBe(2);
});

test('without the folder it says what Temporal knows, and where the page is', async () => {
  const { code, out } = await runCommand(world, desk, ['report', ID], { IMPORT_RUNS: '' });
  expect(out).toMatch(/created +60\n/);
  expect(out).toContain(`${ID}/${report.run.runId}`);
  expect(code).toBe(1);
});
