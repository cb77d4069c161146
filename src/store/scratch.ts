/**
 * Files of this machine, since a store takes no writes at random places. They have no names any more once they are open,
 * so that nothing is left of them whatever ends the worker.
 */
import {
  closeSync,
  constants,
  createReadStream,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StoreError, type Store } from './store.js';

const { O_CREAT, O_EXCL, O_RDWR } = constants;

const PART_BYTES = 1024 * 1024;

/** @throws StoreError when there can be no scratch file on this machine */
export function proveScratch(): void {
  rmSync(makeScratchFolder(), { recursive: true, force: true });
}

function makeScratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'user-import-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      `The worker cannot write to its temporary folder ${tmpdir()} (${code}). Mount one there, or name another one in TMPDIR.`,
      'refused',
    );
  }
}

/** Some of them, which are closed together. */
export class Scratch {
  private readonly files: ScratchFile[] = [];

  file(): ScratchFile {
    const file = new ScratchFile();
    this.files.push(file);
    return file;
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

export class ScratchFile {
  /** Where the next bytes go that are appended. */
  private end = 0;
  private readonly file: number;

  constructor() {
    const folder = makeScratchFolder();
    try {
      this.file = openSync(join(folder, 'scratch'), O_RDWR | O_CREAT | O_EXCL, 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Fills the buffer: with zeros where nothing was written. */
  read(into: Buffer, start: number): void {
    readSync(this.file, into.fill(0), 0, into.length, start);
  }

  write(bytes: Buffer, start: number): void {
    writeSync(this.file, bytes, 0, bytes.length, start);
  }

  append(bytes: Buffer): void {
    this.write(bytes, this.end);
    this.end += bytes.length;
  }

  content(): Readable {
    const options = { fd: this.file, autoClose: false, start: 0, highWaterMark: PART_BYTES };
    return createReadStream('', options);
  }

  /** Writes all of it into a store. */
  async storeAs(store: Store, key: string): Promise<void> {
    await store.write(key, async (writer) => {
      for await (const part of this.content()) await writer.write(part as Buffer);
    });
  }

  close(): void {
    closeSync(this.file);
  }
}
