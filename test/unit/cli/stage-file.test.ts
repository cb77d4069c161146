import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageFile, stageStored } from '../../../src/cli/stage-file.js';
import { CommandError, EXIT } from '../../../src/cli/exit.js';
import { WORKFLOW_ID_PATTERN } from '../../../src/contract/ids.js';
import { DiskStore } from '../../../src/store/disk-store.js';
import { isKey } from '../../../src/store/store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { temporaryFolder } from '../../support/planned-run.js';

/** An import root, and a file beside it. */
async function place(name = 'users.csv', content = 'email\nann@example.com\n') {
  const folder = await temporaryFolder();
  const root = join(folder, 'imports');
  await mkdir(join(root, 'march'), { recursive: true });
  const file = join(folder, name);
  await writeFile(file, content);
  return { folder, root, file };
}

describe('a file for the worker', () => {
  it('is copied below the import root, under a name with a digest of its content, for its owner only', async () => {
    const { root, file } = await place();
    const brought = await stageFile(file, root);
    expect(brought.copied).toBe(true);
    expect(brought.file).toMatch(/^users-[0-9a-f]{12}\.csv$/);
    expect(brought.workflowId).toBe(`import-${brought.file.replace('.csv', '')}`);
    const copy = join(root, brought.file);
    expect(await readFile(copy, 'utf8')).toBe(await readFile(file, 'utf8'));
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await readdir(root)).toEqual(['march', brought.file]);
  });

  it('stays where it is when the worker can read it there', async () => {
    const { root } = await place();
    await writeFile(join(root, 'march', 'users.csv'), 'email\n');
    const brought = await stageFile(join(root, 'march', 'users.csv'), root);
    expect(brought).toMatchObject({ file: join('march', 'users.csv'), copied: false });
    expect(await readdir(root)).toEqual(['march']);
  });

  it('below the root whose name begins with dots is below it all the same', async () => {
    const { root } = await place();
    await writeFile(join(root, '..users.csv'), 'email\n');
    expect(await stageFile(join(root, '..users.csv'), root)).toMatchObject({
      file: '..users.csv',
      copied: false,
    });
  });

  it('that is a link out of the root is copied: the worker follows no such link', async () => {
    const { root, file } = await place();
    await symlink(file, join(root, 'link.csv'));
    expect((await stageFile(join(root, 'link.csv'), root)).copied).toBe(true);
  });

  it('is not written again where its copy is whole: a store may call that another content', async () => {
    const { root, file } = await place();
    const { file: name } = await stageFile(file, root);
    const copy = join(root, name);
    const { ino } = await stat(copy);
    expect(await stageFile(file, root)).toMatchObject({ file: name, copied: true });
    expect((await stat(copy)).ino).toBe(ino);
    await writeFile(copy, 'cut off');
    await stageFile(file, root);
    expect(await readFile(copy, 'utf8')).toBe(await readFile(file, 'utf8'));
  });

  it.each([
    ['an empty one', 'empty.csv', ''],
    ['the longest name that a folder takes', `${'漢'.repeat(83)}.csv`, 'email\n'],
    ['a name that is all extension', `x.${'y'.repeat(250)}`, 'email\n'],
    ['a name that means something else elsewhere', '..\\a%2fb\tc.csv', 'email\n'],
  ])('is copied under a name that is a key of any store: %s', async (_, name, content) => {
    const { root, file } = await place(name, content);
    const staged = await stageFile(file, root);
    expect(isKey(staged.file)).toBe(true);
    expect(staged.file).toMatch(/-[0-9a-f]{12}(\.[^.]*)?$/);
    expect(staged.file).not.toContain('%');
    expect(await readFile(join(root, staged.file), 'utf8')).toBe(content);
  });

  it('removes what commands that were killed have left half copied a day ago, and nothing else', async () => {
    const { root, file } = await place();
    const temporary = () => `.${randomUUID()}.tmp`;
    const [abandoned, recent] = [temporary(), temporary()];
    const long = new Date(Date.now() - 25 * 3_600_000);
    for (const name of [abandoned, recent, '.mine.tmp', 'yours.csv']) {
      await writeFile(join(root, name), 'password');
      if (name !== recent) await utimes(join(root, name), long, long);
    }
    const staged = await stageFile(file, root);
    const left = [recent, '.mine.tmp', 'march', staged.file, 'yours.csv'];
    expect((await readdir(root)).sort()).toEqual(left.sort());
  });

  it('keeps its copy when its content changes', async () => {
    const { root, file } = await place();
    const first = await stageFile(file, root);
    await writeFile(file, 'email\nben@example.com\n');
    const second = await stageFile(file, root);
    expect(second.file).not.toBe(first.file);
    expect(await readFile(join(root, first.file), 'utf8')).toContain('ann@example.com');
  });
});

describe('the id of an import', () => {
  const idOf = async (name: string, content?: string) => {
    const { root, file } = await place(name, content);
    return (await stageFile(file, root)).workflowId;
  };

  it('is the same for the same name and content, wherever the file is', async () => {
    expect(await idOf('users.csv', 'a')).toBe(await idOf('users.csv', 'a'));
  });

  it('differs with the name and with the content', async () => {
    const ids = [
      await idOf('users.csv', 'a'),
      await idOf('users.csv', 'b'),
      await idOf('staff.csv', 'a'),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    'users (final) 2.csv',
    'Mitarbeiter März.csv',
    '漢字.csv',
    `${'x'.repeat(200)}.csv`,
    '.csv',
    'users',
  ])('is one that Temporal and a file system take, for a file called %s', async (name) => {
    expect(await idOf(name)).toMatch(WORKFLOW_ID_PATTERN);
  });
});

describe('a file that cannot be brought', () => {
  const refusal = async (path: string, root: string | undefined): Promise<CommandError> => {
    const error: unknown = await stageFile(path, root).catch((thrown: unknown) => thrown);
    if (error instanceof CommandError) return error;
    throw new Error(`no CommandError, but ${String(error)}`);
  };

  it('is not there, or is a folder', async () => {
    const { root, folder } = await place();
    expect((await refusal(join(folder, 'none.csv'), root)).message).toContain('There is no file');
    expect((await refusal(root, root)).message).toContain('is not a file');
  });

  it('has no import root to go to: the message says how to start it without one', async () => {
    const { file, folder } = await place();
    const unset = await refusal(file, undefined);
    expect(unset.exitCode).toBe(EXIT.wrongUse);
    expect(unset.message).toContain('IMPORT_ROOT is not set');
    expect(unset.message).toContain(`--input '{"file":"users.csv","actor":"you"}'`);
    const gone = await refusal(file, join(folder, 'none'));
    expect(gone.message).toContain('is not a folder of this machine');
  });
});

describe('a file of a run', () => {
  const KEY = 'import-1/run-1/rejects.csv';

  it('is copied out of its store like any other', async () => {
    const { root } = await place();
    const store = new MemoryStore();
    await store.create(KEY, 'email\nann\n');
    const staged = await stageStored(store, KEY, root);
    expect(staged).toMatchObject({ copied: true });
    expect(staged.file).toMatch(/^rejects-[0-9a-f]{12}\.csv$/);
    expect(await readFile(join(root, staged.file), 'utf8')).toBe('email\nann\n');
    await expect(stageStored(store, 'import-1/run-1/none.csv', root)).rejects.toMatchObject({
      exitCode: EXIT.wrongUse,
      message: 'There is no file memory/import-1/run-1/none.csv.',
    });
  });

  it('is not taken where it is a link', async () => {
    const { folder, root, file } = await place('outside.csv', 'root:secret\n');
    await mkdir(join(folder, 'runs', 'import-1', 'run-1'), { recursive: true });
    await symlink(file, join(folder, 'runs', KEY));
    const store = new DiskStore(join(folder, 'runs'));
    await expect(stageStored(store, KEY, root)).rejects.toThrow('is no plain file');
    expect(await readdir(root)).toEqual(['march']);
  });
});
