import { constants } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { FileCode } from '../contract/codes.js';
import { FileError } from '../csv/file-error.js';

/** The CSV, open for reading. The caller closes `handle`. */
export interface Source {
  handle: FileHandle;
  bytes: number;
}

/**
 * Opens the file that an import names, once: what is checked is what was opened, whatever becomes of the path meanwhile.
 * @param file path below `importRoot`; links are followed, but not out of it
 * @throws FileError `file_outside_root`, `file_not_found`
 */
export async function openSource(importRoot: string, file: string): Promise<Source> {
  const root = await realpath(importRoot).catch((error: unknown) =>
    refuseUnlessTransient(error, file, "this worker's import root (IMPORT_ROOT) is not there"),
  );
  if (!isBelow(root, resolve(root, file))) outside(file);
  const path = await realpath(resolve(root, file)).catch((error: unknown) =>
    refuseUnlessTransient(error, file, "there is no such file below the worker's import root"),
  );
  if (!isBelow(root, path)) outside(file);

  const handle = await openFile(path).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (NO_FILE.has(code)) noFile(file);
    if (code === 'ELOOP') throw error; // The next try finds where the link leads.
    return refuseUnlessTransient(error, file, 'the worker may not read it');
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) noFile(file);
    if (!isBelow(root, await openedPath(handle, path))) outside(file);
    return { handle, bytes: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** macOS refuses a path with a link anywhere in it (fcntl.h); Node has no name for it. */
const O_NOFOLLOW_ANY = process.platform === 'darwin' ? 0x20000000 : 0;

/**
 * Opens a path without links for reading.
 * @throws an error of code ELOOP when a link has taken its place meanwhile
 */
export async function openFile(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // Not blocking: a named pipe would wait for a writer for ever.
  return open(path, O_RDONLY | O_NONBLOCK | (O_NOFOLLOW_ANY || O_NOFOLLOW));
}

/** Where the opened file lies: on Linux, a folder of its path may have become a link before it was opened. */
async function openedPath({ fd }: FileHandle, path: string): Promise<string> {
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${fd}`) : path;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(file: string): never {
  refuse(
    'file_outside_root',
    file,
    "it lies outside the worker's import root; put the file below it",
  );
}

/** Opening it says that it is a socket, or another thing without content. */
const NO_FILE = new Set(['ENXIO', 'ENODEV', 'EOPNOTSUPP']);

function noFile(file: string): never {
  refuse('file_not_found', file, 'it is not a regular file');
}

/** What the operator has to mend; any other fault, such as too many open files, is worth another try. */
const LASTING = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
]);

function refuseUnlessTransient(error: unknown, file: string, why: string): never {
  if (LASTING.has((error as NodeJS.ErrnoException).code ?? '')) refuse('file_not_found', file, why);
  throw error;
}

function refuse(code: FileCode, file: string, why: string): never {
  throw new FileError({ code, message: `${code}: "${file}": ${why}.` });
}
