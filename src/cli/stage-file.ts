import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openFile } from '../store/source.js';
import { CommandError, EXIT } from './exit.js';
import { quoted } from './shell.js';

/** A file that workers can read, and the id of its import. */
export interface StagedFile {
  /** Path below the import root. */
  file: string;
  /** Made of the file's name and content: the same file gets the same id. */
  workflowId: string;
  copied: boolean;
}

/**
 * Copies a file to where workers read it, unless it is below the import root already. The copy's name holds a digest
 * of its content, so that a running import's copy is never overwritten.
 * @param importRoot the worker's import root, when this machine has it
 * @throws CommandError when there is no such file, or no import root on this machine
 */
export async function stageFile(path: string, importRoot: string | undefined): Promise<StagedFile> {
  const source = await realpath(path).catch(() => {
    throw new CommandError(`There is no file ${path}.`, EXIT.wrongUse);
  });
  const handle = await openFile(source).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be read (${code}).`, EXIT.wrongUse);
  });
  try {
    if (!(await handle.stat()).isFile())
      throw new CommandError(`${path} is not a file.`, EXIT.wrongUse);
    const root = importRoot && (await realpath(importRoot).catch(() => undefined));
    if (!root) throw new CommandError(noRoot(path, importRoot), EXIT.wrongUse);
    return await stage(handle, source, root);
  } finally {
    await handle.close();
  }
}

/** @param source the path of `handle`, without links */
async function stage(handle: FileHandle, source: string, root: string): Promise<StagedFile> {
  const sum = await sha256(handle);
  const digest = sum.slice(0, 12);
  const extension = extname(source);
  const name = basename(source, extension);
  const workflowId = `import-${name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100)}-${digest}`;
  const below = relative(root, source);
  if (below !== '..' && !below.startsWith('../')) {
    return { file: below, workflowId, copied: false };
  }
  const file = `${name}-${digest}${extension}`;
  await copyPrivately(handle, sum, join(root, file));
  return { file, workflowId, copied: true };
}

/**
 * The same for a file of a run, which is where its run has put it: a link there may lead to any file of this machine.
 * @param path without links, as far as the folder of the runs goes
 */
export async function stageOwnFile(
  path: string,
  importRoot: string | undefined,
): Promise<StagedFile> {
  if ((await realpath(path).catch(() => path)) !== path) {
    throw new CommandError(
      `${path} is a link, or lies below one, so it is not the run's own. Remove it.`,
      EXIT.wrongUse,
    );
  }
  return stageFile(path, importRoot);
}

function noRoot(path: string, importRoot: string | undefined): string {
  const why = importRoot
    ? `IMPORT_ROOT (${importRoot}) is not a folder of this machine`
    : 'IMPORT_ROOT is not set, so the folder that the worker reads is not known here';
  return (
    `${why}. Put the file into the worker's import root and start the import from anywhere with\n` +
    `  temporal workflow start --type importUsers --task-queue user-import --fail-existing --workflow-id import-1 --input ${quoted(JSON.stringify({ file: basename(path), actor: 'you' }))}`
  );
}

async function sha256(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of contentOf(handle)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

function contentOf(handle: FileHandle) {
  return handle.createReadStream({ start: 0, autoClose: false });
}

/**
 * The copy appears as a whole or not at all, and is its owner's alone from the first byte on: it may hold passwords.
 * @param sum of what is to be copied
 */
async function copyPrivately(handle: FileHandle, sum: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  const hash = createHash('sha256');
  try {
    await pipeline(
      contentOf(handle),
      async function* (content: AsyncIterable<Buffer>) {
        for await (const bytes of content) {
          hash.update(bytes);
          yield bytes;
        }
      },
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
    );
    if (hash.digest('hex') !== sum) throw changed();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `The file cannot be copied to ${target} (${(error as NodeJS.ErrnoException).code}). Make IMPORT_ROOT writable, or put the file there yourself.`,
      EXIT.wrongUse,
    );
  }
}

function changed(): CommandError {
  return new CommandError(
    'The file changed while it was copied. Start it again once it is whole.',
    EXIT.wrongUse,
  );
}
