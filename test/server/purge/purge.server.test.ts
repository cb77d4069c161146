import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../../src/audit/events.js';
import { scheduleId } from '../../../src/purge/schedule.js';
import { runCommand } from '../../support/command.js';
import { allIdentities } from '../../support/identities.js';
import { endOf, imports, type Imports } from '../../support/imports.js';
import { folderOf, reportIn } from '../../support/run-folders.js';
import { until } from '../../support/until.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

const PEOPLE = [
  ['anna@people.example.com', 'Annabella', 'Quicksilver', 'user', 'hunter2hunter2'],
  ['ben@people.example.com', 'Benvolio', 'Thunderbolt', 'admin', ''],
  ['wrong-address', 'Corneliatwo', 'Moonwalker', 'user', 'sesameopen99'],
  ['dora@people.example.com', 'Doramina', 'Starlight', 'chief', ''],
];
const HEADER = 'email,first_name,last_name,role,initial_password';
/** Each value identifies a person, or is a password. */
const VALUES = PEOPLE.flatMap(([email, first, last, , password]) => [
  ...[email!, first!, last!],
  ...(password ? [password] : []),
]);

let world: World;
let all: Imports;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  all = await imports(world);
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
});
afterAll(() => world.close());

const run = (...args: string[]) => runCommand(world, desk, args);
const idIn = (out: string): string => /Started the import (\S+)\./.exec(out)?.[1] ?? '';

/** The files below a folder that hold any of the values, and how many there are in all. */
async function search(folder: string): Promise<{ leaking: string[]; files: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const leaking: string[] = [];
  for (const { parentPath, name } of files) {
    const text = (await readFile(path.join(parentPath, name), 'utf8')).toLowerCase();
    if (VALUES.some((value) => text.includes(value.toLowerCase()))) leaking.push(name);
  }
  return { leaking, files: files.length };
}

test('a purge leaves no address, name or password of a run, and the undo still deletes the users that it created', async () => {
  await startWorker(world);
  await writeFile(
    path.join(desk, 'people.csv'),
    [HEADER, ...PEOPLE.map((cells) => cells.join(',')), ''].join('\n'),
  );
  const id = idIn((await run('start', 'people.csv', '--on-invalid=import-valid')).out);
  const folder = await folderOf(world, id);
  await writeFile(path.join(folder, 'corrected.csv'), `${HEADER}\n${PEOPLE[2]!.join(',')}\n`);
  expect((await search(folder)).leaking.length).toBeGreaterThan(3);
  const [copy] = await readdir(world.importRoot);

  const purged = await run('purge', id, '--actor', 'olga');
  expect(purged.code).toBe(0);
  expect(purged.out).toContain(`Purged ${id}/`);
  expect(purged.out).toContain(`The imported file ${copy} was removed from the import root.`);
  expect(purged.out).toContain('Kept: audit.jsonl, report.html, report.json.');
  const { leaking, files } = await search(folder);
  expect(leaking).toEqual([]);
  expect(files).toBeGreaterThan(5);
  expect(await readdir(world.importRoot)).toEqual([]);
  const report = await reportIn(folder);
  expect(report).toMatchObject({
    rows: { total: 4, created: 2, invalid: 2 },
    files: ['audit.jsonl', 'report.json', 'report.html'],
  });
  expect(report.purgedAt).toMatch(/^\d{4}-/);
  const trail = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trim().split('\n');
  expect(trail).toHaveLength(5);
  const purges = (lines: string[]) =>
    lines
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ event }) => event === 'user_import_purged')
      .map(({ target, metadata }) => [target, metadata.admin, metadata.workflow]);
  expect(purges(trail)).toEqual([[id, 'olga', id]]);

  const again = await run('purge', id, '--actor', 'otto');
  const later = (await readFile(path.join(folder, 'audit.jsonl'), 'utf8')).trim().split('\n');
  expect(purges(later).map(([, admin]) => admin)).toEqual(['olga', 'otto']);
  expect(again).toMatchObject({ code: 0 });
  expect((await reportIn(folder)).purgedAt).toBe(report.purgedAt);
  const retried = await run('retry', id);
  expect(retried.code).toBe(2);
  expect(retried.out).toContain('Name the corrected copy');

  expect(await allIdentities(world.kratos.adminUrl)).toHaveLength(2);
  expect(await run('undo', id, '--yes')).toMatchObject({ code: 0 });
  expect(await allIdentities(world.kratos.adminUrl)).toEqual([]);
  expect((await search(folder)).leaking).toEqual([]);
});

test('a purge takes all runs of an id; the one that is named alone, and names the others', async () => {
  await all.write('two-runs.csv', `${HEADER}\nivy@people.example.com,Ivy,Long,user,\n`);
  await all.run('two-runs', { file: 'two-runs.csv' });
  await all.run('two-runs', { file: 'two-runs.csv' });
  const runs = await readdir(path.join(world.runs, 'two-runs'));
  const holds = () =>
    Promise.all(
      runs.map(async (name) =>
        (await readdir(path.join(world.runs, 'two-runs', name))).includes('results.csv'),
      ),
    );
  const one = await run('purge', 'two-runs', '--run', runs[0]!);
  expect(one.out).toContain(`holding rows of the same file: 1 run.\n  two-runs/${runs[1]}`);
  expect(await holds()).toEqual([false, true]);
  const { code, out } = await run('purge', 'two-runs');
  expect(code).toBe(0);
  for (const name of runs) expect(out).toContain(`Purged two-runs/${name}:`);
  expect(out).not.toContain('Not purged');
  expect(await holds()).toEqual([false, false]);
});

test('a file that was put into the import root by hand stays, and is named', async () => {
  await all.write('by-hand.csv', `${HEADER}\nemma@people.example.com,Emma,Long,user,\n`);
  await all.run('by-hand', { file: 'by-hand.csv' });
  const { out } = await run('purge', 'by-hand');
  expect(out).toContain(
    'The imported file by-hand.csv stays in the import root: it was put there by hand',
  );
  expect(await readdir(world.importRoot)).toContain('by-hand.csv');
});

test('a purge names the retries that it leaves, and takes them along when it is asked to', async () => {
  const wrong = 'hilda-at-people.example.com,Hilda,Long,user,';
  await writeFile(path.join(desk, 'attempts.csv'), `${HEADER}\n${wrong}\n`);
  const id = idIn((await run('start', 'attempts.csv', '--on-invalid=import-valid')).out);
  expect((await run('retry', id)).code).toBe(1);
  const retry = `${id}-retry-1`;
  const holds = async (workflowId: string) =>
    (await readdir(await folderOf(world, workflowId))).includes('rejects.csv');

  const alone = await run('purge', id);
  expect(alone.code).toBe(0);
  expect(alone.out).toContain(`holding rows of the same file: 1 run.\n  ${retry}/`);
  expect([await holds(id), await holds(retry)]).toEqual([false, true]);

  const all = await run('purge', id, '--all-attempts');
  expect(all.code).toBe(0);
  expect(all.out).toContain(`Purged ${retry}/`);
  expect(all.out).not.toContain('Not purged');
  expect(await holds(retry)).toBe(false);
  const copies = (await readdir(world.importRoot)).filter((name) =>
    /^(attempts|rejects)/.test(name),
  );
  expect(copies).toEqual([]);
});

test('a run that goes on or does not exist is refused, and nothing is removed', async () => {
  await all.write('goes-on.csv', `${HEADER}\nfred@people.example.com,Fred,Long,user,\n`);
  const handle = await all.start('goes-on', { file: 'goes-on.csv', approval: 'required' });
  await until(async () => (await readdir(world.runs)).includes('goes-on'));
  const refused = await run('purge', 'goes-on');
  expect(refused.code).toBe(2);
  expect(refused.out).toContain('The import goes on.');
  await handle.cancel();
  await endOf(handle);
  expect((await reportIn(await folderOf(world, 'goes-on'))).purgedAt).toBeUndefined();
  for (const args of [['nobody'], ['goes-on', '--run', 'no-such'], ['a/b']]) {
    expect((await run('purge', ...args)).code).toBe(2);
  }
});

test('the schedule purges runs that ended long enough ago, spares the others, and obeys the command alone once it is there', async () => {
  const rows = (name: string) => `${HEADER}\n${name}@people.example.com,Gus,Long,user,\n`;
  for (const name of ['old', 'young', 'ended-by-force']) {
    await all.write(`${name}.csv`, rows(name));
    await all.run(name, { file: `${name}.csv`, onInvalid: 'import-valid' });
  }
  const old = await folderOf(world, 'old');
  const report = await reportIn(old);
  const longAgo = new Date(Date.now() - 40 * 86_400_000);
  report.finishedAt = longAgo.toISOString();
  await writeFile(path.join(old, 'report.json'), JSON.stringify(report));
  // A run that was terminated has no report.
  const killed = await folderOf(world, 'ended-by-force');
  await rm(path.join(killed, 'report.json'));
  const entries = await readdir(killed, { recursive: true });
  for (const entry of [...entries, '.']) {
    await utimes(path.join(killed, entry), longAgo, longAgo);
  }

  const worker = await startWorker(world, { RUNS_RETENTION_DAYS: '30' });
  const schedule = all.client.schedule.getHandle(scheduleId('user-import'));
  await until(() =>
    schedule.describe().then(
      () => true,
      () => false,
    ),
  );
  const retention = async (...args: string[]) => (await run('retention', ...args)).out.trim();
  const after = (days: number) =>
    `Runs are purged ${days} days after their end, by the schedule user-import-purge.`;
  await schedule.trigger();
  await until(async () => (await reportIn(old)).purgedAt !== undefined);
  await until(async () => !(await readdir(killed)).includes('results.csv'));
  expect((await readdir(old)).sort()).not.toContain('results.csv');
  const young = await folderOf(world, 'young');
  expect((await reportIn(young)).purgedAt).toBeUndefined();
  expect(await readdir(young)).toContain('results.csv');

  // Workers that are set otherwise, or not at all, change nothing: one of them says so.
  await worker.stop();
  const warning = async (days: string) => {
    const other = await startWorker(world, { RUNS_RETENTION_DAYS: days });
    await until(async () => (await other.log()).includes('user-import retention'));
    await other.stop();
    return /RUNS_RETENTION_DAYS is .*/.exec(await other.log())?.[0];
  };
  expect(await warning('1')).toBe(
    'RUNS_RETENTION_DAYS is 1, but they are purged after 30: user-import retention 1 changes that, for all workers.',
  );
  const silent = await startWorker(world);
  await until(async () => (await silent.log()).includes("state: 'RUNNING'"));
  await silent.stop();
  expect(await retention()).toBe(after(30));

  expect(await retention('60', '--actor', 'alice')).toBe(after(60));
  expect((await schedule.describe()).action.args).toEqual([{ olderThanDays: 60, actor: 'alice' }]);
  const off = 'No run is purged by itself: the schedule user-import-purge is paused.';
  expect(await retention('off')).toBe(off);
  expect(await warning('30')).toContain('but old runs are not purged now');
  expect(await retention()).toBe(off);
  expect(await retention('30')).toBe(after(30));
  expect((await run('retention', '0')).code).toBe(2);
});
