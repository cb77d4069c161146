/** Cuts the rows of a file into chunks whose byte ranges follow on each other; between them are blank rows at most. */
import { createHash, type Hash } from 'node:crypto';
import type { Cut } from '../contract/import/chunking.js';
import { BOUNDS } from '../csv/bounds.js';
import type { CsvRow } from '../csv/cells.js';
import type { Block } from '../csv/records.js';
import type { ChunkRange } from '../store/plan.js';

export class ChunkCutter {
  count = 0;
  /** How many of them hold the canary rows. */
  canaryCount = 0;
  private rows = 0;
  private open: OpenChunk | undefined;
  /** Up to where the open chunk's bytes are hashed. */
  private hashed = 0;
  /** Whether the block that is read now has a row. */
  private blockHasRows = false;
  /** Whether bytes without a row follow the open chunk, of which there may be any number. */
  private isEnded = false;

  constructor(private readonly cut: Cut) {}

  /** Takes a row; returns the chunk before it when that is now complete: it has its rows, or all that its bytes hold. */
  add(block: Block, row: CsvRow, invalid: boolean): ChunkRange | undefined {
    let finished: ChunkRange | undefined;
    if (
      this.open &&
      (this.isEnded ||
        this.open.rows === this.open.size ||
        row.end - this.open.start > BOUNDS.chunkBytes)
    ) {
      if (!this.isEnded) this.hashUpTo(block, row.start);
      finished = this.finish();
    }
    if (!this.open) {
      const { chunkSize, canaryRows } = this.cut;
      const canaryLeft = canaryRows - this.rows;
      if (canaryLeft > 0) this.canaryCount++;
      this.open = {
        start: row.start,
        line: row.line,
        rows: 0,
        size: canaryLeft > 0 ? Math.min(chunkSize, canaryLeft) : chunkSize,
        invalid: new Set(),
        hash: createHash('sha256'),
      };
      this.hashed = row.start;
    }
    this.blockHasRows = true;
    if (invalid) this.open.invalid.add(this.open.rows);
    this.open.rows++;
    this.rows++;
    return finished;
  }

  endBlock(block: Block): void {
    this.isEnded ||= this.open !== undefined && !this.blockHasRows;
    this.blockHasRows = false;
    if (!this.isEnded) this.hashUpTo(block, block.offset + block.bytes.length);
  }

  finish(): ChunkRange | undefined {
    if (!this.open) return undefined;
    const { start, line, rows, invalid, hash } = this.open;
    this.open = undefined;
    this.isEnded = false;
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
  /** How many rows complete it at the latest. */
  size: number;
  invalid: Set<number>;
  hash: Hash;
}
