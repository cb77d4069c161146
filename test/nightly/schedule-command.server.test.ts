/** The command `schedule`, as an operator uses it. */
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type Ended } from '../support/command.js';
import { identitiesOf } from '../support/identities.js';
import { imports, progressOf, type Imports } from '../support/imports.js';
import { until } from '../support/until.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** Once a year: it is triggered by hand here. */
const CRON = '0 3 1 1 *';
const NAME = 'nightly-hr';

let world: World;
let all: Imports;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  await mkdir(path.join(world.importRoot, 'out'));
  await startWorker(world);
});

afterAll(() => world.close());

function command(...args: string[]): Promise<Ended> {
  return runCommand(world, path.join(world.runs, '..'), ['schedule', ...args]);
}

async function asJson<T>(...args: string[]): Promise<T> {
  const { code, out } = await command(...args, '--json');
  expect(code, out).toBe(0);
  return JSON.parse(out) as T;
}

interface Listed {
  name: string;
  paused: boolean;
  note?: string;
  next?: string;
  last?: { workflowId: string; state: string };
  leftOut: number;
}

async function listed(): Promise<Listed[]> {
  return (await asJson<{ schedules: Listed[] }>('list')).schedules;
}

/** Waits until Temporal lists it so. */
async function untilListed(is: (schedule: Listed) => boolean): Promise<Listed> {
  let found: Listed | undefined;
  await until(async () => {
    [found] = await listed();
    return found !== undefined && is(found);
  });
  return found!;
}

/** A file of the source as another system leaves it, minutes ago. */
async function leave(name: string, minutes: number, people: string[]): Promise<void> {
  const file = path.join(world.importRoot, 'out', name);
  await writeFile(file, ['email', ...people.map((name) => `${name}@hr.example`), ''].join('\n'));
  const then = new Date(Date.now() - minutes * 60_000);
  await utimes(file, then, then);
}

/** Lets a night begin now. @returns the id of its import */
async function trigger(): Promise<string> {
  const before = (await listed())[0]?.last?.workflowId;
  await all.client.schedule.getHandle(NAME).trigger(ScheduleOverlapPolicy.SKIP);
  const { last } = await untilListed(
    ({ last }) => last !== undefined && last.workflowId !== before,
  );
  return last!.workflowId;
}

test('none is listed, and none removed, where there is none', async () => {
  const { code, out } = await command('list');
  expect([code, out]).toEqual([0, expect.stringContaining('No schedule imports a file here.')]);
  const removed = await command('remove', NAME);
  expect([removed.code, removed.out]).toEqual([2, expect.stringContaining('There is no schedule')]);
});

test('what Temporal does not understand is wrong use', async () => {
  const wrong = await command('out/hr.csv', '--cron', 'at night');
  expect([wrong.code, wrong.out]).toEqual([2, expect.stringContaining('--cron "at night"')]);
  const nowhere = await command('out/hr.csv', '--cron', CRON, '--time-zone', 'Europe/Nowhere');
  expect([nowhere.code, nowhere.out]).toEqual([2, expect.stringContaining('Europe/Nowhere')]);
  expect(await listed()).toEqual([]);
});

test('a schedule is made once, with what was filled in, and with a warning of what waits', async () => {
  const args = ['out/hr-*.csv', '--cron', CRON, '--time-zone', 'Europe/Berlin'];
  const settings = ['--missing', 'deactivate', '--at-most', '0.5', '--invitations', 'never'];
  const made = await command(...args, ...settings);
  expect(made.code, made.out).toBe(0);
  expect(made.out).toContain(`Made the schedule ${NAME}: ${CRON}, Europe/Berlin.`);
  expect(made.out).toContain('on behalf of alice, in mode update.');
  expect(made.out).toContain(`belong to the source ${NAME}.`);
  // The first of January in Berlin.
  expect(made.out).toMatch(/Next: \d{4}-01-01 02:00:00 UTC/);
  const again = await command(...args);
  expect([again.code, again.out]).toEqual([2, expect.stringContaining(`schedule remove ${NAME}`)]);

  const other = ['out/other.csv', '--cron', CRON, '--canary-rows', '5', '--name', 'other'];
  const waiting = await command(...other);
  expect(waiting.code, waiting.out).toBe(0);
  expect(waiting.out).toMatch(/warning Each night its first rows wait for "approve"/);
  expect(waiting.out).toMatch(/warning There is no file out\/other\.csv/);
  expect((await command('remove', 'other')).code).toBe(0);
});

test('a night imports the newest file, and what came of it is listed', async () => {
  await leave('hr-1.csv', 60, ['ann', 'old']);
  await leave('hr-2.csv', 30, ['ann', 'ben']);
  const id = await trigger();
  expect(id).toMatch(/^nightly-hr-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await all.client.workflow.getHandle(id).result();
  const addresses = await usersOf();
  expect(addresses).toEqual(['ann@hr.example active', 'ben@hr.example active']);
  const { last, paused } = await untilListed(({ last }) => last?.state === 'completed');
  expect({ id: last!.workflowId, paused }).toEqual({ id, paused: false });
  const { out } = await command('list');
  expect(out).toContain(`${NAME}\n  ${CRON}, Europe/Berlin; out/hr-*.csv, source ${NAME}\n`);
});

async function usersOf(): Promise<string[]> {
  const users = await identitiesOf(world.kratos.adminUrl, '');
  return users
    .map(({ traits, state }) => `${String(traits['email'])} ${state}`)
    .filter((text) => text.includes('@hr.example'))
    .sort();
}

test('a night that waits lets the next one be left out, and has changed nobody', async () => {
  await leave('hr-3.csv', 20, ['cleo']);
  const id = await trigger();
  const handle = all.client.workflow.getHandle(id);
  await until(async () => (await progressOf(handle)).phase === 'awaiting-approval');
  await all.client.schedule.getHandle(NAME).trigger(ScheduleOverlapPolicy.SKIP);
  const { last } = await untilListed(({ leftOut }) => leftOut === 1);
  expect(last).toMatchObject({ workflowId: id, state: 'running' });
  expect(await usersOf()).toEqual(['ann@hr.example active', 'ben@hr.example active']);
  await handle.executeUpdate('approve');
  await handle.result();
  expect(await usersOf()).toEqual([
    'ann@hr.example inactive',
    'ben@hr.example inactive',
    'cleo@hr.example active',
  ]);
});

test('a night that fails pauses it, and it is listed why', async () => {
  for (const name of ['hr-1.csv', 'hr-2.csv', 'hr-3.csv'])
    await rm(path.join(world.importRoot, 'out', name));
  const id = await trigger();
  await until(async () => {
    const { status } = await all.client.workflow.getHandle(id).describe();
    return status.name === 'FAILED';
  });
  const { note, next } = await untilListed(({ paused }) => paused);
  expect(note).toContain(id);
  expect(next).toBeUndefined();
  const { out } = await command('list');
  expect(out).toContain(`temporal schedule toggle --schedule-id ${NAME} --unpause`);
});

test('it is removed, and what it starts no more is not listed; others are not touched', async () => {
  await all.client.schedule.create({
    scheduleId: 'not-ours',
    spec: { cronExpressions: [CRON] },
    action: { type: 'startWorkflow', workflowType: 'purgeRuns', taskQueue: 'user-import' },
  });
  const refused = await command('remove', 'not-ours');
  expect([refused.code, refused.out]).toEqual([2, expect.stringContaining('starts no imports')]);
  expect(await asJson('remove', NAME)).toEqual({ removed: NAME, running: [] });
  await until(async () => (await listed()).length === 0);
  await all.client.schedule.getHandle('not-ours').delete();
});
