/** The SHA-256 of a whole file, taken of the very bytes that the header and validation were read from. */
import { createHash } from 'node:crypto';
import { readAhead, type ByteSource } from '../csv/byte-source.js';
import type { Block } from '../csv/records.js';

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

  /** What no block holds, such as a last line ending. */
  private async readUpTo(end: number): Promise<void> {
    if (this.position >= end) return;
    // Where somebody has cut the file off, its chunks' checksums will say so.
    for await (const part of readAhead(this.file, { start: this.position, end })) {
      this.hash.update(part);
      this.position += part.length;
    }
  }
}
