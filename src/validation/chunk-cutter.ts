/** Cuts the rows of a file into chunks whose byte ranges follow on each other without a gap. */
import { createHash, type Hash } from 'node:crypto';
import { rowsOfChunk, type Cut } from '../contract/import/chunking.js';
import type { CsvRow } from '../csv/cells.js';
import type { Block } from '../csv/records.js';
import type { ChunkRange } from '../store/plan.js';

export class ChunkCutter {
  count = 0;
  private open: OpenChunk | undefined;
  /** Up to where the open chunk's bytes are hashed. */
  private hashed = 0;

  constructor(private readonly cut: Cut) {}

  /** Takes a row; returns the chunk before it when that is now complete. */
  add(block: Block, row: CsvRow, invalid: boolean): ChunkRange | undefined {
    let finished: ChunkRange | undefined;
    if (this.open && this.open.rows === this.open.size) {
      this.hashUpTo(block, row.start);
      finished = this.finish();
    }
    if (!this.open) {
      const { first, last } = rowsOfChunk(this.count + 1, this.cut, Infinity);
      this.open = {
        start: row.start,
        line: row.line,
        rows: 0,
        size: last - first + 1,
        invalid: new Set(),
        hash: createHash('sha256'),
      };
      this.hashed = row.start;
    }
    if (invalid) this.open.invalid.add(this.open.rows);
    this.open.rows++;
    return finished;
  }

  endBlock(block: Block): void {
    this.hashUpTo(block, block.offset + block.bytes.length);
  }

  finish(): ChunkRange | undefined {
    if (!this.open) return undefined;
    const { start, line, rows, invalid, hash } = this.open;
    this.open = undefined;
    this.count++;
    return { start, bytes: this.hashed - start, line, rows, invalid, sha256: hash.digest('hex') };
  }

  private hashUpTo(block: Block, end: number): void {
    this.open?.hash.update(block.bytes.subarray(this.hashed - block.offset, end - block.offset));
    this.hashed = end;
  }
}

interface OpenChunk {
  start: number;
  /** The line of its first row. */
  line: number;
  rows: number;
  /** How many rows complete it. */
  size: number;
  invalid: Set<number>;
  hash: Hash;
}
