/** What runs of earlier versions have left, in the hands of this one. */
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MISTAKES, RUNS, STORED_RUNS, UPDATED, type Expected } from '../replay/stored-runs.js';
import { runCommand, type Ended } from '../support/command.js';
import { identitiesOf } from '../support/identities.js';
import { keptVersions, releasedVersions } from '../support/releases.js';
import { folderOf } from '../support/run-folders.js';
import { putUsers, type StoredUsers } from '../support/stored-users.js';
import { startWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

test('runs of each version that was released are kept', () => {
  expect(keptVersions(STORED_RUNS)).toEqual(expect.arrayContaining(releasedVersions()));
});

describe.each(keptVersions(STORED_RUNS))('what version %s has left', (version) => {
  const stored = path.join(STORED_RUNS, version);
  const read = async <T>(name: string): Promise<T> =>
    JSON.parse(await readFile(path.join(stored, name), 'utf8')) as T;
  let world: World;
  let desk: string;
  let expected: Expected;

  beforeAll(async () => {
    world = await createWorld();
    desk = await mkdtemp(path.join(world.runs, '..', 'desk-'));
    expected = await read<Expected>('expected.json');
    await cp(path.join(stored, 'imports'), world.importRoot, { recursive: true });
    await cp(path.join(stored, 'runs'), world.runs, { recursive: true });
    await putUsers(world.databaseUrl, await read<StoredUsers>('users.json'));
    await startWorker(world);
  });
  afterAll(() => world.close());

  const run = (...args: string[]): Promise<Ended> => runCommand(world, desk, args);
  const usersOf = async (prefix: string): Promise<Record<string, unknown>[]> =>
    (await identitiesOf(world.kratos.adminUrl, prefix)).map(({ traits }) => traits);

  test('is reported', async () => {
    const { out, code } = await run('report', RUNS.ended, '--no-open');
    expect(code).toBe(1);
    expect(out).toMatch(
      new RegExp(`created +${expected.created}\n.*invalid +${expected.invalid}\n`),
    );
    expect(out).toContain('1 sent');
  });

  test('is retried', async () => {
    const rejects = await readFile(
      path.join(await folderOf(world, RUNS.ended), 'rejects.csv'),
      'utf8',
    );
    const corrected = MISTAKES.reduce(
      (text, [wrong, right]) => text.replace(wrong, right),
      rejects,
    );
    await writeFile(path.join(desk, 'corrected.csv'), corrected);
    const { out, code } = await run('retry', RUNS.ended, 'corrected.csv', '--actor=bob');
    expect(out).toContain('All runs of the file together, of 5 rows: 5 created.');
    expect(code).toBe(0);
    expect(await usersOf('cid@')).toHaveLength(1);
  });

  test('is undone', async () => {
    const undo = (id: string) => run('undo', id, '--actor=bob', '--yes');
    expect(await usersOf('ada@')).toHaveLength(1);
    // With the users of its retry.
    const all = expected.created + expected.invalid;
    expect((await undo(RUNS.ended)).out).toContain(`is done: deleted ${all},`);
    expect(await usersOf('ada@')).toEqual([]);
    const { email, before, after } = UPDATED;
    expect(await usersOf(email)).toMatchObject([{ first_name: after }]);
    expect((await undo(RUNS.updating)).out).toContain('restored 1');
    expect(await usersOf(email)).toMatchObject([{ first_name: before }]);
    expect((await undo(RUNS.terminated)).out).toContain(`is done: deleted ${expected.left},`);
    expect(await usersOf('terminated-')).toEqual([]);
    expect((await undo(RUNS.undone)).out).toContain('undone before 2');
  });

  test('is purged', async () => {
    for (const id of Object.values(RUNS)) {
      const { out, code } = await run('purge', id, '--actor=olga');
      expect(out).toContain(`Purged ${id}/`);
      expect(code).toBe(0);
      const folder = await folderOf(world, id);
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const text = await readFile(path.join(entry.parentPath, entry.name), 'utf8');
        expect(text, entry.name).not.toContain('@example.com');
      }
    }
  });
});
