/** Files that are written once and whole: readers see all of a file or none of it, also after a power cut. */
import { randomUUID } from 'node:crypto';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writer } from './store.js';

const BUFFER_BYTES = 64 * 1024;

/** The names of files that are not whole yet end with this; an attempt that died leaves them behind. */
export const TEMPORARY_SUFFIX = '.tmp';

/**
 * A file that is either whole and on disk under its name, or not there: it is written under a name of its own, synced,
 * then renamed, or linked where no other may be replaced. Two attempts that write the same file at once do not mix.
 */
export class DurableFile implements Writer {
  private parts: Buffer[] = [];
  private buffered = 0;

  private constructor(
    private readonly path: string,
    private readonly temporaryPath: string,
    private readonly handle: FileHandle,
  ) {}

  /** Readable by its owner only (0600): run folders hold personal data. */
  static async create(path: string): Promise<DurableFile> {
    const temporaryPath = `${path}.${randomUUID()}${TEMPORARY_SUFFIX}`;
    return new DurableFile(path, temporaryPath, await open(temporaryPath, 'wx', 0o600));
  }

  async write(content: string | Uint8Array): Promise<void> {
    const part = Buffer.from(content as string);
    this.parts.push(part);
    this.buffered += part.length;
    if (this.buffered >= BUFFER_BYTES) await this.flush();
  }

  /** The file is complete: after this it has its name, also after a power cut. */
  async commit(): Promise<void> {
    try {
      await this.complete();
      await rename(this.temporaryPath, this.path);
    } catch (error) {
      await this.discard();
      throw error;
    }
    await syncFolderOf(this.path);
  }

  /** The same, unless there is a file of its name. @returns whether there was none */
  async commitUnlessThere(): Promise<boolean> {
    try {
      await this.complete();
      await link(this.temporaryPath, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // An answer that a share has lost: the name may have been given to this very file.
      return (await lstat(this.temporaryPath)).nlink > 1;
    } finally {
      await this.discard();
      await syncFolderOf(this.path);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    // Closed already when it was complete.
    await this.handle.close().catch(() => undefined);
    await rm(this.temporaryPath, { force: true });
  }

  private async complete(): Promise<void> {
    await this.flush();
    await this.handle.sync();
    await this.handle.close();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    this.buffered = 0;
    if (bytes.length > 0) await this.handle.writeFile(bytes);
  }
}

/** Writes a whole file by `fill`; when that throws, nothing is left behind. */
export async function writeDurably(
  path: string,
  fill: (writer: Writer) => Promise<void>,
): Promise<void> {
  await (await filled(path, fill)).commit();
}

/**
 * The same, unless there is a file of that name.
 * @returns whether there was none
 */
export async function createDurably(path: string, content: string | Uint8Array): Promise<boolean> {
  return (await filled(path, (file) => file.write(content))).commitUnlessThere();
}

async function filled(path: string, fill: (writer: Writer) => Promise<void>): Promise<DurableFile> {
  const file = await DurableFile.create(path);
  try {
    await fill(file);
    return file;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** A new name is on disk only when its folder is. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
