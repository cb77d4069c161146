import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { allIdentities } from '../support/identities.js';
import { folderOf, reportIn } from '../support/run-folders.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let desk: string;

beforeAll(async () => {
  world = await createWorld();
  desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
  await startWorker(world);
});
afterAll(() => world.close());

const run = (...args: string[]) => runCommand(world, desk, args);
const idIn = (out: string): string => /Started the import (\S+)\./.exec(out)?.[1] ?? '';

test('a packed file of a spreadsheet is checked, imported and retried, and no row that was only filled up is imported', async () => {
  const lines = [
    ...['sep=;', 'email;first_name;last_name;role', 'zoe@example.com;Zoë;Müller;user', ';;;'],
    ...['ben@example.com;"Ben; B.";Lee;boss', 'cut@example.com;Cut', ''],
  ];
  await writeFile(
    path.join(desk, 'people.csv.gz'),
    gzipSync(Buffer.from(lines.join('\r\n'), 'latin1')),
  );
  const refused = await run('check', 'people.csv.gz');
  expect(refused.out).toContain('on line 3, is not UTF-8');

  const told = '--encoding=windows-1252';
  const facts = 'separator semicolon (as its line sep= says), windows-1252, header on line 2';
  expect((await run('check', 'people.csv.gz', told)).out).toContain(facts);

  const options = [told, '--on-invalid=import-valid', '--invitations=never'];
  const first = await run('start', 'people.csv.gz', ...options);
  const id = idIn(first.out);
  const folder = await folderOf(world, id);
  expect((await reportIn(folder)).rows).toMatchObject({ total: 3, created: 1, invalid: 2 });
  expect(await readdir(path.join(folder, 'plan'))).not.toContain('source.csv');
  expect(await readFile(path.join(folder, 'report.html'), 'utf8')).toContain(facts);
  expect((await run('status', id)).out).toContain(facts);

  const rejects = path.join(folder, 'rejects.csv');
  const text = await readFile(rejects, 'utf8');
  expect(text).toMatch(/^\ufeffemail;first_name;last_name;role;import_line;/);
  await writeFile(rejects, text.replace(';boss;', ';admin;'));
  await run('retry', id);
  const again = await reportIn(await folderOf(world, `${id}-retry-1`));
  expect(again).toMatchObject({
    rows: { total: 2, created: 1, invalid: 1 },
    csv: { encoding: 'utf-8', separator: 'semicolon', byteOrderMark: true },
  });
  const stored = await allIdentities(world.kratos.adminUrl);
  expect(
    stored.map(({ traits }) => traits).sort((a, b) => (a['email']! < b['email']! ? -1 : 1)),
  ).toEqual([
    { email: 'ben@example.com', first_name: 'Ben; B.', last_name: 'Lee', role: 'admin' },
    { email: 'zoe@example.com', first_name: 'Zoë', last_name: 'Müller', role: 'user' },
  ]);
});
