/** The SHA-256 of a whole file, taken of the very bytes that the header and validation were read from. */
import { createHash } from 'node:crypto';
import type { ByteSource } from '../csv/byte-source.js';
import type { Block } from '../csv/records.js';

/** What no block holds, such as a last line ending, is read here in parts of so many bytes. */
const READ_BYTES = 64 * 1024;

export class FileHash {
  private readonly hash = createHash('sha256');
  private position: number;

  /** @param header the file's first bytes, as they were parsed: the file may have changed since */
  constructor(
    private readonly file: ByteSource,
    header: Buffer,
  ) {
    this.hash.update(header);
    this.position = header.length;
  }

  /** Blocks come in the order of the file. */
  async add({ bytes, offset }: Pick<Block, 'bytes' | 'offset'>): Promise<void> {
    await this.readUpTo(offset);
    this.hash.update(bytes);
    this.position += bytes.length;
  }

  /** @returns the SHA-256 of the first `size` bytes of the file, in hexadecimal */
  async digest(size: number): Promise<string> {
    await this.readUpTo(size);
    return this.hash.digest('hex');
  }

  private async readUpTo(end: number): Promise<void> {
    while (this.position < end) {
      const part = Buffer.allocUnsafe(Math.min(READ_BYTES, end - this.position));
      const { bytesRead } = await this.file.read(part, 0, part.length, this.position);
      if (bytesRead === 0) return; // Somebody has cut the file off: its chunks' checksums will say so.
      this.hash.update(part.subarray(0, bytesRead));
      this.position += bytesRead;
    }
  }
}
