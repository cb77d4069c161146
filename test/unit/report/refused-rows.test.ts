import { readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.js';
import { RefusedRows } from '../../../src/report/refused-rows.js';
import { preflight } from '../../../src/validation/preflight.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { inputOf, PlannedRun, temporaryFolder } from '../../support/planned-run.js';
import { FolderRoot } from '../../../src/store/folder-root.js';

const FILE = '\ufeffemail,role\nann@example.com,"a ""b"""\nben@example.com\n';

/** Refuses the rows of the file users.csv in a folder, as `check` would. */
async function refuse(folder: string, path: string, most = Infinity): Promise<RefusedRows> {
  const run = await PlannedRun.of(FILE);
  const rows = (await run.rowsByChunk()).flat();
  const file = join(await realpath(folder), 'users.csv');
  await writeFile(file, FILE);
  const deps = {
    importRoot: new FolderRoot(folder),
    kratos: new KratosInMemory(),
    roles: [],
    tenants: undefined,
  };
  const prepared = await preflight(deps, inputOf());
  try {
    const refused = await RefusedRows.create(path, file, prepared);
    for (const row of rows.slice(0, most)) {
      await refused.add(row, [{ code: 'invalid_role', reason: 'a role, not this' }]);
    }
    await refused.commit();
    return refused;
  } finally {
    await prepared.file.close();
  }
}

describe('the refused rows of a check', () => {
  it('are the file’s own with their reasons, for its owner alone', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'bad.csv');
    const refused = await refuse(folder, path);
    expect(await readFile(path, 'utf8')).toBe(
      `\ufeffemail,role,import_line,import_codes,import_reason
ann@example.com,"a ""b""",2,invalid_role,"a role, not this"
ben@example.com,(missing cell),3,invalid_role,"a role, not this"
`,
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(refused.describe()).toBe(`The refused rows, with their reasons: ${path}`);
  });

  it('replace those of an earlier check, and where there are none these go', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'bad.csv');
    await refuse(folder, path);
    await refuse(folder, path, 1);
    expect(await readFile(path, 'utf8')).not.toContain('ben@');
    const refused = await refuse(folder, path, 0);
    expect(await readdir(folder)).toEqual(['users.csv']);
    expect(refused.describe()).toContain('was not written');
  });

  it('replace no other file, nor the one that is checked', async () => {
    const folder = await temporaryFolder();
    const other = join(folder, 'old-users.csv');
    await writeFile(other, 'email\nann@example.com\n');
    await symlink('users.csv', join(folder, 'link.csv'));
    for (const [path, says] of [
      [other, 'holds no refused rows'],
      [folder, 'holds no refused rows'],
      [join(folder, 'users.csv'), 'is the file that is checked'],
      [join(folder, 'link.csv'), 'is the file that is checked'],
      [join(folder, 'nowhere', 'bad.csv'), 'cannot be written (ENOENT)'],
    ] as const) {
      const error: unknown = await refuse(folder, path).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toContain(says);
    }
    expect((await readdir(folder)).sort()).toEqual(['link.csv', 'old-users.csv', 'users.csv']);
  });
});
