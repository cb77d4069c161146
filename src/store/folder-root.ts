/** Files to import in a folder of this machine. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, readdir, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DiskStore } from './disk-store.js';
import type { ImportRoot, Source } from './import-root.js';
import { openSource } from './source.js';

export class FolderRoot implements ImportRoot {
  readonly store: DiskStore;

  constructor(private readonly path: string) {
    this.store = new DiskStore(path);
  }

  async open(file: string): Promise<Source> {
    const { handle, bytes } = await openSource(this.path, file);
    return new FolderSource(handle, bytes);
  }

  async find(path: string): Promise<string | undefined> {
    const below = relative(await realpath(this.path), path);
    return below === '..' || below.startsWith('../') ? undefined : below;
  }

  async put(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const target = join(await realpath(this.path), file);
    const folder = dirname(target);
    await removeAbandoned(folder);
    const temporary = join(folder, `.${randomUUID()}.tmp`);
    try {
      const options = { flags: 'wx', mode: 0o600, flush: true };
      await pipeline(content, createWriteStream(temporary, options));
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** No copy takes so long: older ones were left half made by a command that was killed. */
const ABANDONED_MS = 24 * 60 * 60_000;
const TEMPORARY = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** They may hold passwords. What cannot be looked at or removed is in nobody's way. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    const isAbandoned = stats?.isFile() && Date.now() - stats.mtimeMs > ABANDONED_MS;
    if (isAbandoned) await rm(path, { force: true }).catch(() => undefined);
  }
}

export class FolderSource implements Source {
  constructor(
    private readonly handle: FileHandle,
    readonly bytes: number,
  ) {}

  read(into: Buffer, offset: number, bytes: number, position: number) {
    return this.handle.read(into, offset, bytes, position);
  }

  async bytesNow(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
