import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../support/command.js';
import { allIdentities } from '../../support/identities.js';
import { folderOf, reportIn } from '../../support/run-folders.js';
import { startWorker } from '../../support/worker-process.js';
import { createWorld, type World } from '../../support/world.js';

let world: World;
/** A folder that is not the import root, as an admin's own. */
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
});
afterAll(() => world.close());

const run = (...args: string[]) => runCommand(world, desk, args);
const write = (name: string, lines: string[]) =>
  writeFile(path.join(desk, name), `${lines.join('\n')}\n`);
const idIn = (out: string): string => /Started the import (\S+)\./.exec(out)?.[1] ?? '';

const read = async (workflowId: string, name: string): Promise<string> =>
  readFile(path.join(await folderOf(world, workflowId), name), 'utf8');
const reportOf = async (workflowId: string) => reportIn(await folderOf(world, workflowId));

/** Corrects as a person would, in an editor. */
const corrected = (text: string, mistakes: [wrong: string, right: string][]): string =>
  mistakes.reduce((all, [wrong, right]) => all.replace(wrong, right), text);

const REJECT_COLUMNS = 'import_line,import_codes,import_reason';
const HEADER = 'email,line,reason,role';

test('two attempts at rejects that are corrected by hand end with every user imported, and one report adds them up', async () => {
  const people = [
    ...['a@example.com,10,new,user', 'b@example.com,11,"moved, twice",admin', 'c@example.com,12,,'],
    ...['d-at-example.com,13,new,user', 'e@example.com,14,late,chief', 'f@example,15,new,boss'],
  ];
  await write('people.csv', [HEADER, ...people]);
  const columns = ['--column=line=metadata_public.line', '--column=reason=metadata_public.reason'];
  const options = [...columns, '--on-invalid=import-valid', '--invitations=never'];
  const first = await run('start', 'people.csv', '--actor=alice', ...options);
  expect(first.code).toBe(1);
  const id = idIn(first.out);
  const rejects = await read(id, 'rejects.csv');
  expect(rejects.split('\n')[0]).toBe(`${HEADER},${REJECT_COLUMNS}`);

  const copy = corrected(rejects, [
    ['d-at-example.com', 'd@example.com'],
    ['f@example,', 'f@example.com,'],
  ]);
  await writeFile(path.join(desk, 'corrected.csv'), copy);
  const second = await run('retry', id, 'corrected.csv', '--actor=bob');
  expect(second).toMatchObject({
    code: 1,
    out: expect.stringContaining(
      'All runs of the file together, of 6 rows: 4 created, 2 invalid. 2 left to retry.',
    ) as string,
  });
  const left = await read(`${id}-retry-1`, 'rejects.csv');
  expect(left.split('\n')[0]).toBe(`${HEADER},${REJECT_COLUMNS}`);
  expect(left).toContain('e@example.com,14,late,chief,3,invalid_role,');

  const edited = path.join(await folderOf(world, `${id}-retry-1`), 'rejects.csv');
  const mistakes: [string, string][] = [
    ['late,chief', 'late,admin'],
    ['new,boss', 'new,user'],
  ];
  await writeFile(edited, corrected(left, mistakes));
  const third = await run('retry', id, '--actor=bob', '--column=role=role');
  expect(third).toMatchObject({
    code: 0,
    out: expect.stringContaining(`The newest attempt is ${id}-retry-1.`) as string,
  });
  expect(third.out).toContain(
    'All runs of the file together, of 6 rows: 6 created. Nothing is left to retry.',
  );

  const report = await reportOf(`${id}-retry-2`);
  expect(report.combined).toMatchObject({ total: 6, created: 6, invalid: 0, dropped: 0, added: 0 });
  expect(report.attempts?.map(({ run: { workflowId }, actor }) => [workflowId, actor])).toEqual([
    [id, 'alice'],
    [`${id}-retry-1`, 'bob'],
  ]);
  expect(report.retryOf?.workflowId).toBe(`${id}-retry-1`);
  expect(report.settings.columns).toEqual({
    line: 'metadata_public.line',
    reason: 'metadata_public.reason',
    role: 'role',
  });
  const stored = await allIdentities(world.kratos.adminUrl);
  const kept = stored.map(({ traits, metadata_public }) => [traits['email'], metadata_public]);
  expect(kept.sort()).toEqual([
    ['a@example.com', { line: '10', reason: 'new' }],
    ['b@example.com', { line: '11', reason: 'moved, twice' }],
    ['c@example.com', { line: '12' }],
    ['d@example.com', { line: '13', reason: 'new' }],
    ['e@example.com', { line: '14', reason: 'late' }],
    ['f@example.com', { line: '15', reason: 'new' }],
  ]);

  const again = await run('retry', id);
  expect(again).toEqual({
    code: 0,
    out: `Nothing is left to retry: ${id}-retry-2 has rejected no row.\n`,
  });
});

test('a retry that was cancelled is done again with its own file', async () => {
  await write('again.csv', ['email', 'g@example.com', 'wrong']);
  const options = ['--on-invalid=import-valid', '--invitations=never'];
  const id = idIn((await run('start', 'again.csv', ...options)).out);
  await write('again-corrected.csv', ['email', 'h@example.com']);
  const held = await run('retry', id, 'again-corrected.csv', '--approval', '--detach');
  expect(held.out).toContain(`Started the retry ${id}-retry-1 of 1 rejected row of ${id}.`);
  const joined = await run('retry', id, '--detach');
  expect(joined.out).toContain(`The retry ${id}-retry-1 goes on already; nothing was started.`);
  expect((await run('cancel', `${id}-retry-1`)).code).toBe(0);
  expect((await run('watch', `${id}-retry-1`)).code).toBe(1);
  const again = await run('retry', id);
  expect(again.code).toBe(0);
  const { combined, attempts } = await reportOf(`${id}-retry-2`);
  expect(combined).toMatchObject({ total: 2, created: 2, unprocessed: 0 });
  expect(attempts?.map(({ run }) => run.workflowId)).toEqual([id, `${id}-retry-1`]);
});

test('no link and no path in a report leads a retry out of the folders', async () => {
  await write('secret.csv', ['email', 'secret@example.com']);
  await write('planted.csv', ['email', 'j@example.com', 'wrong']);
  const options = ['--on-invalid=import-valid', '--invitations=never'];
  const id = idIn((await run('start', 'planted.csv', ...options)).out);
  const folder = await folderOf(world, id);
  const secret = path.join(desk, 'secret.csv');
  const before = await readdir(world.importRoot);

  await rm(path.join(folder, 'rejects.csv'));
  await symlink(secret, path.join(folder, 'rejects.csv'));
  const linked = await run('retry', id);
  expect(linked.code).toBe(2);
  expect(linked.out).toContain('rejects.csv in the folder of the runs is no plain file');

  const report = await reportIn(folder);
  const retry = { workflowId: `${id}-retry-1`, runId: randomUUID() };
  const planted = path.join(world.runs, retry.workflowId, retry.runId);
  await mkdir(planted, { recursive: true });
  const file = path.relative(world.importRoot, secret);
  const forged = {
    ...{ ...report, run: retry, ending: 'cancelled', attempts: [{ run: report.run }] },
    settings: { ...report.settings, file },
  };
  await writeFile(path.join(planted, 'report.json'), JSON.stringify(forged));
  const led = await run('retry', id);
  expect(led.code).not.toBe(0);
  expect(led.out).toContain('file_outside_root');

  expect(await readdir(world.importRoot)).toEqual(before);
  const addresses = (await allIdentities(world.kratos.adminUrl)).map(
    ({ traits }) => traits['email'],
  );
  expect(addresses).not.toContain('secret@example.com');
});

test('what cannot be retried is refused, with what to do instead', async () => {
  await write('refused.csv', ['email', 'i@example.com', 'wrong']);
  const refused = await run('start', 'refused.csv');
  const stopped = await run('retry', idIn(refused.out));
  expect(stopped.code).toBe(2);
  expect(stopped.out).toMatch(/has imported nobody\. Correct refused\.csv itself/);
  const dry = await run('start', 'refused.csv', '--dry-run', '--on-invalid=import-valid');
  const dryRun = await run('retry', idIn(dry.out));
  expect(dryRun.code).toBe(2);
  expect(dryRun.out).toContain('was a dry run');
  const unknown = await run('retry', 'import-unknown');
  expect(unknown.code).toBe(2);
  expect(unknown.out).toContain('There is no run of an import "import-unknown"');
  const without = await runCommand(world, desk, ['retry', 'x'], { IMPORT_RUNS: '' });
  expect(without.code).toBe(2);
  expect(without.out).toContain('IMPORT_RUNS is not set');
});
