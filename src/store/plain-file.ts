/**
 * Opening files below the runs folder: plain files only. A link that somebody has put there would lead elsewhere, and a
 * device or a pipe would never end.
 */
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../contract/errors.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** @throws InputError for what is no plain file; an ENOENT error where there is none */
export function openToRead(path: string): Promise<FileHandle> {
  return openPlain(path, O_RDONLY);
}

/** Makes the file where there is none, for its owner only. */
export function openToAppend(path: string): Promise<FileHandle> {
  return openPlain(path, O_WRONLY | O_CREAT | O_APPEND);
}

/** The whole file as text. */
export async function readText(path: string): Promise<string> {
  const file = await openToRead(path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openPlain(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ELOOP' || code === 'ENXIO' ? notPlain(path, 'file') : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain(path, 'file');
}

/**
 * Proves that a folder is one, not a link to one.
 * @throws InputError when it is something else; an ENOENT error where there is none
 */
export async function confirmFolder(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw notPlain(path, 'folder');
}

function notPlain(path: string, what: string): InputError {
  return new InputError(
    `${basename(path)} in the folder of the runs is no plain ${what}, so it is not the import's. Remove it.`,
  );
}
