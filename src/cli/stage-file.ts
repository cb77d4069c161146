import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandError, EXIT } from './exit.js';

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
  if (!(await stat(source)).isFile())
    throw new CommandError(`${path} is not a file.`, EXIT.wrongUse);
  const root = importRoot && (await realpath(importRoot).catch(() => undefined));
  if (!root) throw new CommandError(noRoot(path, importRoot), EXIT.wrongUse);

  const digest = (await sha256(source)).slice(0, 12);
  const extension = extname(source);
  const name = basename(source, extension);
  const workflowId = `import-${name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100)}-${digest}`;
  const below = relative(root, source);
  if (below !== '..' && !below.startsWith('../')) {
    return { file: below, workflowId, copied: false };
  }
  const file = `${name}-${digest}${extension}`;
  await copyPrivately(source, join(root, file));
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
    `  temporal workflow start --type importUsers --task-queue user-import --fail-existing --workflow-id import-1 --input '${JSON.stringify({ file: basename(path), actor: 'you' })}'`
  );
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

/**
 * The copy appears as a whole or not at all, and is its owner's alone from the first byte on: it may hold passwords.
 */
async function copyPrivately(source: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await pipeline(
      createReadStream(source),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CommandError(
      `The file cannot be copied to ${target} (${(error as NodeJS.ErrnoException).code}). Make IMPORT_ROOT writable, or put the file there yourself.`,
      EXIT.wrongUse,
    );
  }
}
