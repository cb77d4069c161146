/** Files that are written once and whole: readers see all of a file or none of it, also after a power cut. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const BUFFER_CHARACTERS = 64 * 1024;

/** The names of files that are not whole yet end with this; an attempt that died leaves them behind. */
const TEMPORARY_SUFFIX = '.tmp';

/**
 * A file that is either whole and on disk under its name, or not there: it is written under a name of its own, synced,
 * then renamed. Two attempts that write the same file at once do not mix.
 */
export class DurableFile {
  private buffer: string[] = [];
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

  async write(text: string): Promise<void> {
    this.buffer.push(text);
    this.buffered += text.length;
    if (this.buffered >= BUFFER_CHARACTERS) await this.flush();
  }

  async writeBytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    await this.handle.writeFile(bytes);
  }

  /** The file is complete: after this it has its name, also after a power cut. */
  async commit(): Promise<void> {
    try {
      await this.flush();
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporaryPath, this.path);
    } catch (error) {
      await this.discard();
      throw error;
    }
    await syncFolderOf(this.path);
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    // Closed already when it was the renaming that failed.
    await this.handle.close().catch(() => undefined);
    await rm(this.temporaryPath, { force: true });
  }

  private async flush(): Promise<void> {
    const text = this.buffer.join('');
    this.buffer = [];
    this.buffered = 0;
    if (text !== '') await this.handle.writeFile(text);
  }
}

/** Writes a whole file by `fill`; when that throws, nothing is left behind. */
export async function writeDurably(
  path: string,
  fill: (file: DurableFile) => Promise<void>,
): Promise<void> {
  const file = await DurableFile.create(path);
  try {
    await fill(file);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}

/** A new name is on disk only when its folder is. */
async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
