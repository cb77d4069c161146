/** A file of an export: opened once, read several times from its beginning, or a record of it again. */
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readAhead, readFully, type ByteSource } from '../csv/byte-source.js';
import { LF } from '../csv/encoding.js';
import { ConvertError } from './convert-error.js';

/** What is looked at to know what a file is. */
const START_BYTES = 64 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);

export class InputFile {
  private constructor(
    private readonly handle: FileHandle,
    /** As messages name it. */
    readonly name: string,
    readonly size: number,
    readonly isPacked: boolean,
    /** The beginning of its text. */
    readonly start: Buffer,
  ) {}

  /** @throws ConvertError when there is no such file, or it is one that holds no text */
  static async open(path: string): Promise<InputFile> {
    const handle = await open(path, 'r').catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConvertError(
        code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code}).`,
      );
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new ConvertError(`${path} is not a file; name its files.`);
      const name = basename(path);
      const isPacked = (await readFully(handle, 0, GZIP.length)).equals(GZIP);
      const file = new InputFile(handle, name, stat.size, isPacked, Buffer.alloc(0));
      const start = await file.firstBytes();
      const whatElse = noText(start);
      if (whatElse !== undefined) throw new ConvertError(`${path} ${whatElse}.`);
      return new InputFile(handle, name, stat.size, isPacked, start);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Its bytes as they are. */
  get source(): ByteSource {
    return this.handle;
  }

  /** Its text from the beginning, unpacked where it is gzip. */
  async *bytes(): AsyncGenerator<Buffer> {
    const raw = readAhead(this.handle, { start: 0, end: this.size });
    if (!this.isPacked) {
      yield* raw;
      return;
    }
    // A failure of one ends the other, and is thrown where the text is read.
    const unpacked = pipeline(Readable.from(raw), createGunzip(), () => undefined);
    try {
      for await (const part of unpacked) yield part as Buffer;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!code.startsWith('Z_')) throw error;
      throw new ConvertError(`${this.name} is a broken gzip file; get it again.`);
    }
  }

  /** Some of its bytes again. Nothing else waits here, and a read of its own thread would take ten times as long. */
  slice(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end - start);
    const read = readSync(this.handle.fd, bytes, 0, bytes.length, start);
    if (read === bytes.length) return bytes;
    throw new ConvertError(`${this.name} was written while it was read. Convert it again.`);
  }

  /** The place of a byte in its text, as messages say it. */
  async placeOf(at: number): Promise<string> {
    let [line, position] = [1, 0];
    for await (const part of this.bytes()) {
      for (let i = 0; i < part.length && position + i < at; i++) if (part[i] === LF) line++;
      position += part.length;
      if (position >= at) break;
    }
    return `${this.name}, line ${line} (byte ${at})`;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async firstBytes(): Promise<Buffer> {
    let start = Buffer.alloc(0);
    for await (const part of this.bytes()) {
      start = Buffer.concat([start, part]);
      if (start.length >= START_BYTES) break;
    }
    return start;
  }
}

/** What else than text a file is, and what to do with it. */
function noText(start: Buffer): string | undefined {
  const text = start.toString('latin1');
  if (text.trim() === '') return 'is empty; get it again';
  if (text.startsWith('PK\x03\x04')) return 'is a zip file; unpack it, and name the files in it';
  if (text.startsWith('-----BEGIN PGP') || /^[\x84\x85\xc1]/.test(text)) {
    return 'is encrypted by PGP; decrypt it with gpg --decrypt';
  }
  if (/^(\xff\xfe|\xfe\xff)/.test(text)) {
    return 'is UTF-16, as PowerShell redirects output; write it as UTF-8, without a redirection';
  }
  if (/^(\xef\xbb\xbf)?\s*</.test(text)) {
    return 'is HTML or XML, such as the page of a login or an error; get the export again';
  }
  if (text.includes('\0')) return 'is not a text file; get the export again';
  return undefined;
}
