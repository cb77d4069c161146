/** The package as people get it: packed from a clean copy of the sources, and installed in an empty folder. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = path.join(import.meta.dirname, '../..');

/** `npm run` tells a child about this checkout; which registry is asked stays as it is. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(registry|cache|userconfig)$)/i.test(name),
  ),
);

/** Runs npm there, and throws with its output. */
async function npm(cwd: string, ...args: string[]): Promise<void> {
  await run('npm', args, { cwd, env: ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 });
}

/** @param folder an empty one; the package is installed in a folder of it, which is returned */
export async function installPackage(folder: string): Promise<string> {
  const [sources, packed, installed] = ['sources', 'packed', 'installed'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  await copySources(sources);
  for (const made of [packed, installed]) await mkdir(made);
  await npm(sources, 'pack', '--pack-destination', packed);
  const [tarball] = await readdir(packed);
  // Without it, npm looks for a project further up.
  await writeFile(path.join(installed, 'package.json'), '{ "private": true }');
  await npm(installed, 'install', '--prefer-offline', path.join(packed, tarball!));
  return installed;
}

/** What a clone would have, with the changes that are not committed yet. */
async function copySources(target: string): Promise<void> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
  for (const name of stdout.split('\0').filter(Boolean)) {
    await mkdir(path.dirname(path.join(target, name)), { recursive: true });
    await copyFile(path.join(ROOT, name), path.join(target, name)).catch(ignoreDeleted);
  }
}

function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
