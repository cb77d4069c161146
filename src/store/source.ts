import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { FileCode } from '../contract/codes.js';
import { FileError } from '../csv/file-error.js';

/** The CSV, open for reading. The caller closes `handle`. */
export interface Source {
  handle: FileHandle;
  bytes: number;
}

/**
 * Opens the file that an import names.
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

  // Looked at before it is opened: opening a named pipe would wait for a writer for ever.
  if (!(await stat(path)).isFile()) refuse('file_not_found', file, 'it is not a regular file');
  const handle = await open(path, 'r').catch((error: unknown) =>
    refuseUnlessTransient(error, file, 'the worker may not read it'),
  );
  return { handle, bytes: (await handle.stat()).size };
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
