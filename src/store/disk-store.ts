/**
 * Files in a folder: a local disk, or a share that several machines see. Only what such a share does in one piece is
 * relied on: a file is written under a name of its own and synced, then gets its name by `link`, which fails where the
 * name is taken, or by `rename`. Nothing is ever appended to.
 */
import { randomUUID } from 'node:crypto';
import { constants, lstatSync, type BigIntStats, type Dirent, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { InputError } from '../contract/errors.js';
import { readFully } from '../csv/byte-source.js';
import { createDurably, syncFolderOf, TEMPORARY_SUFFIX, writeDurably } from './durable-file.js';
import { emptyIfMissing, ignoreMissing } from './ignore-missing.js';
import {
  isKey,
  VersionChanged,
  type Content,
  type Facts,
  type Listed,
  type ReadOptions,
  type Store,
  type Writer,
} from './store.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** As many as Node has threads for it, twice. */
const REMOVED_AT_ONCE = 8;

export class DiskStore implements Store {
  /** Where the folder really was when that was last found out: a link to it may be changed. */
  private root: string | undefined;

  /** @param address the folder; made, for its owner only, when the first file is written */
  constructor(readonly address: string) {}

  async read(key: string, { range, ifVersion }: ReadOptions = {}): Promise<Content | undefined> {
    const file = await this.open(key);
    if (!file) return undefined;
    try {
      const stats = await file.stat({ bigint: true });
      const version = versionOf(stats);
      if (ifVersion !== undefined && ifVersion !== version) throw new VersionChanged(key);
      const { start, bytes } = range ?? { start: 0, bytes: Number(stats.size) };
      return { bytes: await readFully(file, start, bytes), version };
    } finally {
      await file.close();
    }
  }

  async stat(key: string): Promise<Facts | undefined> {
    const file = await this.open(key);
    if (!file) return undefined;
    try {
      const stats = await file.stat({ bigint: true });
      return { bytes: Number(stats.size), version: versionOf(stats), changedAt: stats.mtime };
    } finally {
      await file.close();
    }
  }

  /**
   * Makes no folder at the top: what is made first counts for all, so that it must not be made where a share that
   * others see is not mounted.
   * @throws an ENOENT error
   */
  async create(key: string, content: string | Uint8Array): Promise<boolean> {
    if (!isKey(key)) throw notBelow();
    const path = this.pathOf(key);
    if (!(await this.hasFolderOf(key))) {
      await makeFolder(dirname(path), this.pathOf(key.split('/', 1)[0]!));
      if (!(await this.hasFolderOf(key))) throw notPlain(dirname(path));
    }
    return createDurably(path, content);
  }

  async replace(
    key: string,
    content: string | Uint8Array,
    { ifVersion }: { ifVersion?: string } = {},
  ): Promise<void> {
    await this.write(key, async (writer) => {
      await writer.write(content);
      if (ifVersion === undefined) return;
      // Not in one piece with the renaming: who writes in between is overwritten.
      const now = await this.stat(key);
      if (now?.version !== ifVersion) throw new VersionChanged(key);
    });
  }

  async write(key: string, fill: (writer: Writer) => Promise<void>): Promise<void> {
    await writeDurably(await this.pathToWrite(key), fill);
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    for (const entry of await this.entriesIn(prefix)) {
      if (entry.isDirectory()) yield* this.list(keyIn(prefix, entry));
      else yield* this.fileOf(prefix, entry);
    }
  }

  async *files(prefix: string): AsyncGenerator<Listed> {
    for (const entry of await this.entriesIn(prefix)) yield* this.fileOf(prefix, entry);
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    for (const entry of await this.entriesIn(prefix)) {
      if (entry.isDirectory()) yield entry.name;
    }
  }

  /** Folders that are left empty stay. */
  async remove(keys: readonly string[]): Promise<void> {
    const removeOne = async (key: string): Promise<void> => {
      if (await this.hasFolderOf(key)) await rm(this.pathOf(key), { force: true });
    };
    for (let start = 0; start < keys.length; start += REMOVED_AT_ONCE) {
      await Promise.all(keys.slice(start, start + REMOVED_AT_ONCE).map(removeOne));
    }
  }

  async tidy(prefix: string): Promise<void> {
    for (const entry of await this.entriesIn(prefix)) {
      const key = keyIn(prefix, entry);
      if (entry.isDirectory()) await this.tidy(key);
      else if (entry.name.endsWith(TEMPORARY_SUFFIX)) await rm(this.pathOf(key), { force: true });
    }
  }

  async probe(prefix: string): Promise<void> {
    const key = `${prefix}/probe-${randomUUID()}`;
    await this.pathToWrite(key);
    const isFirst = await this.create(key, 'probe').catch((error: unknown) => {
      throw isWithoutLinks(error)
        ? new InputError(
            `${this.address} cannot give a name to a file (link(2)), as FAT and some shares cannot: use a folder that can hold what runs leave.`,
          )
        : error;
    });
    const isSecond = await this.create(key, 'probe');
    await this.remove([key]);
    if (!isFirst || isSecond) {
      throw new InputError(
        `${this.address} gives one name to two files (link(2)): no such share can hold what runs leave.`,
      );
    }
  }

  /** Also of what others have put there, under names that are no keys: it can be listed and removed. */
  private pathOf(key: string): string {
    if (!isBelow(key)) throw notBelow();
    return join(this.address, key);
  }

  /** @throws InputError for what is no plain file: a link that somebody has put there would lead elsewhere */
  private async open(key: string): Promise<FileHandle | undefined> {
    if (!isKey(key)) throw notBelow();
    const path = this.pathOf(key);
    if (!(await this.hasFolderOf(key))) return undefined;
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    const file = await open(path, flags)
      .catch((error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        throw code === 'ELOOP' || code === 'ENXIO' ? notPlain(path) : error;
      })
      .catch(ignoreMissing);
    if (!file) return undefined;
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw notPlain(path);
  }

  /** Makes the folders above it, for their owner only; their names are on disk when this returns. */
  private async pathToWrite(key: string): Promise<string> {
    if (!isKey(key)) throw notBelow();
    const path = this.pathOf(key);
    if (await this.hasFolderOf(key)) return path;
    const folder = dirname(path);
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first !== undefined) {
      for (let made = folder; made.length >= first.length; made = dirname(made)) {
        await syncFolderOf(made);
      }
    }
    if (!(await this.hasFolderOf(key))) throw notPlain(folder);
    return path;
  }

  /**
   * Whether the folder of a key is there, at the place that its name says.
   * @throws InputError when a folder on the way is a link, or something else
   */
  private async hasFolderOf(key: string): Promise<boolean> {
    const folder = dirname(this.pathOf(key));
    try {
      const real = await realpath(folder);
      const isIn = (root: string) => real === join(root, relative(this.address, folder));
      if (this.root !== undefined && isIn(this.root)) return true;
      this.root = await realpath(this.address);
      if (!isIn(this.root)) throw notPlain(folder);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTDIR' || code === 'ELOOP') throw notPlain(folder);
      if (code === 'ENOENT') return false;
      throw error;
    }
  }

  private fileOf(prefix: string, entry: Dirent): Listed[] {
    if (!entry.isFile() || entry.name.endsWith(TEMPORARY_SUFFIX)) return [];
    const key = keyIn(prefix, entry);
    return [new ListedFile(key, this.pathOf(key))];
  }

  /** In the order of the keys below them: a folder sorts as its name and a slash. */
  private async entriesIn(prefix: string): Promise<Dirent[]> {
    if (prefix !== '' && !(await this.hasFolderOf(`${prefix}/any`))) return [];
    const folder = prefix === '' ? this.address : this.pathOf(prefix);
    const entries = await readdir(folder, { withFileTypes: true }).catch(emptyIfMissing);
    const nameOf = (entry: Dirent): string => entry.name + (entry.isDirectory() ? '/' : '');
    return entries.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

function isWithoutLinks(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'link' && NO_LINKS.has(code ?? '');
}

function keyIn(prefix: string, { name }: Dirent): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Looked at only where more than its key is asked for: a chunk may have as many files as rows. */
class ListedFile implements Listed {
  private stats: Stats | undefined;

  constructor(
    readonly key: string,
    private readonly path: string,
  ) {}

  get bytes(): number {
    return this.look()?.size ?? 0;
  }

  /** Now, where it has been removed meanwhile. */
  get changedAt(): Date {
    return this.look()?.mtime ?? new Date();
  }

  private look(): Stats | undefined {
    return (this.stats ??= lstatSync(this.path, { throwIfNoEntry: false }));
  }
}

function versionOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

/**
 * Makes a folder and those above it, up to one that is there: with its share gone, it must not be made anew.
 * @throws an ENOENT error when `top` is not there
 */
async function makeFolder(path: string, top: string): Promise<void> {
  if (path.length <= top.length) {
    await lstat(path);
    return;
  }
  await makeFolder(dirname(path), top);
  try {
    await mkdir(path, { mode: 0o700 });
    await syncFolderOf(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whether a path leads nowhere else. */
function isBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => !['', '.', '..'].includes(part));
}

function notBelow(): InputError {
  return new InputError('A reference names no file below the folder of the runs.');
}

function notPlain(path: string): InputError {
  return new InputError(
    `${basename(path)} in the folder of the runs is no plain file or folder, so it is not the import's. Remove it.`,
  );
}
