import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { ImportRoot } from '../store/import-root.js';
import { openImportRoot } from '../store/open-store.js';
import { openFile } from '../store/source.js';
import { partsOf } from '../store/parts-of.js';
import { StoreError, type Store } from '../store/store.js';
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
 * @param importRoot the workers' own, when this machine has it
 * @throws CommandError when there is no such file, or no import root on this machine
 */
export async function stageFile(path: string, importRoot: string | undefined): Promise<StagedFile> {
  const source = await confirmFile(path);
  const handle = await openFile(source).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be read (${code}).`, EXIT.wrongUse);
  });
  try {
    if (!(await handle.stat()).isFile())
      throw new CommandError(`${path} is not a file.`, EXIT.wrongUse);
    const root = await openRoot(path, importRoot);
    const below = await root.find(source).catch(() => {
      throw new CommandError(noRoot(path, importRoot), EXIT.wrongUse);
    });
    const content: Content = () => handle.createReadStream({ start: 0, autoClose: false });
    return await stage(content, basename(source), root, below);
  } finally {
    await handle.close();
  }
}

/**
 * The file itself, where a name leads to one.
 * @throws CommandError
 */
export function confirmFile(path: string): Promise<string> {
  return realpath(path).catch(() => {
    throw new CommandError(`There is no file ${path}.`, EXIT.wrongUse);
  });
}

/** The same for a file that a run has left in its store, which no command changes. */
export async function stageStored(
  store: Store,
  key: string,
  importRoot: string | undefined,
): Promise<StagedFile> {
  const path = `${store.address}/${key}`;
  if (!(await store.stat(key))) throw new CommandError(`There is no file ${path}.`, EXIT.wrongUse);
  const root = await openRoot(path, importRoot);
  return stage(() => partsOf(store, key), basename(key), root, undefined);
}

/** A file's content from its beginning, as often as it is asked for. */
type Content = () => AsyncIterable<Uint8Array>;

/**
 * @param fileName its own, without a folder
 * @param below its name below the root, where it is there
 */
async function stage(
  content: Content,
  fileName: string,
  root: ImportRoot,
  below: string | undefined,
): Promise<StagedFile> {
  const sum = await sha256(content);
  const digest = sum.slice(0, 12);
  const { name, extension } = nameOfCopy(fileName);
  const workflowId = `import-${name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100)}-${digest}`;
  if (below !== undefined) return { file: below, workflowId, copied: false };
  const file = `${name}-${digest}${extension}`;
  // A store may tell the same content, written again, from the one that a running import has seen.
  if (!(await stands(root, file, sum))) await copy(content, sum, root, file);
  return { file, workflowId, copied: true };
}

/** With a digest between the two, any folder and any store take it. */
function nameOfCopy(fileName: string): { name: string; extension: string } {
  const plain = fileName.replace(/[\p{Cc}\\%]/gu, '-');
  const suffix = extname(plain);
  const extension = Buffer.byteLength(suffix) <= MOST_EXTENSION_BYTES ? suffix : '';
  let name = basename(plain, extension);
  while (Buffer.byteLength(name) > MOST_NAME_BYTES) name = [...name].slice(0, -1).join('');
  return { name, extension };
}

/** Together with the digest well below 255 bytes, which is what file systems take. */
const MOST_NAME_BYTES = 200;
const MOST_EXTENSION_BYTES = 30;

/** Whether the whole copy is there; what else may be wrong is found out by copying. */
async function stands({ store }: ImportRoot, file: string, sum: string): Promise<boolean> {
  try {
    if (!(await store.stat(file))) return false;
    return (await sha256(() => partsOf(store, file))) === sum;
  } catch {
    return false;
  }
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

async function openRoot(path: string, importRoot: string | undefined): Promise<ImportRoot> {
  if (!importRoot) throw new CommandError(noRoot(path, importRoot), EXIT.wrongUse);
  return openImportRoot(importRoot);
}

async function sha256(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of content()) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * The copy appears as a whole or not at all, and is its owner's alone from the first byte on: it may hold passwords.
 * @param sum of what is to be copied
 */
async function copy(content: Content, sum: string, root: ImportRoot, file: string): Promise<void> {
  try {
    await root.put(file, unchanged(content, sum));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof StoreError) throw new CommandError(error.message, EXIT.incomplete);
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `The file cannot be copied to ${root.store.address}/${file} (${code}). Make IMPORT_ROOT writable, or put the file there yourself.`,
      EXIT.wrongUse,
    );
  }
}

async function* unchanged(content: Content, sum: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const bytes of content()) {
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest('hex') !== sum) throw changed();
}

function changed(): CommandError {
  return new CommandError(
    'The file changed while it was copied. Start it again once it is whole.',
    EXIT.wrongUse,
  );
}
