/**
 * The rows of one file in several runs, each row once. The runs' blocks are read side by side, so that memory does not
 * grow with the file.
 */
import type { OpenRun } from '../store/open-run.js';
import { hasUndo } from '../store/run-folder.js';
import { runRows, type RowBlock } from '../store/run-rows.js';
import { countRow, mergeRow, noRowSum, type RowSum } from './attempts.js';

export interface RunOfFile extends OpenRun {
  /** ISO 8601. */
  startedAt: string;
  /** Chunks that are known to have begun, besides those whose journal says so. */
  undecided: ReadonlySet<number> | undefined;
}

interface FileSum extends RowSum {
  /** The same for each of the runs alone, whatever an undo has made of it. */
  each: RowSum[];
}

/** @param runs of one file, whose plans have the same rows, in order of time */
export async function sumRuns(runs: readonly RunOfFile[]): Promise<FileSum> {
  const sum: FileSum = { ...noRowSum(), each: runs.map(noRowSum) };
  const startedAt = runs.map((run) => run.startedAt);
  const readers = await Promise.all(runs.map((run) => Reader.open(run)));
  try {
    for (;;) {
      const left = await Promise.all(readers.map((reader) => reader.left()));
      const size = Math.min(...left);
      if (size === 0) return sum;
      for (let i = 0; i < size; i++) {
        const line = firstOf(readers.map((reader) => reader.line()));
        const rows = readers.map((reader) => reader.next(line));
        rows.forEach((row, run) => countRow(sum.each[run]!, row));
        countRow(sum, mergeRow(rows, startedAt));
      }
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

/** The rows of a run one after the other, of which as many as `left` says are at hand. */
class Reader {
  private block: RowBlock | undefined;
  private index = 0;

  private constructor(private readonly blocks: AsyncGenerator<RowBlock>) {}

  static async open({ undecided, ...run }: RunOfFile): Promise<Reader> {
    const isUndone = await hasUndo(run.folder);
    return new Reader(runRows(run, { isUndone, undecided }));
  }

  /** @returns 0 at the end */
  async left(): Promise<number> {
    while (!this.block || this.index >= this.block.size) {
      const next = await this.blocks.next();
      if (next.done) return 0;
      [this.block, this.index] = [next.value, 0];
    }
    return this.block.size - this.index;
  }

  line(): number | undefined {
    return this.block!.lineAt(this.index);
  }

  next(line: number | undefined) {
    return this.block!.rowAt(this.index++, line);
  }

  async close(): Promise<void> {
    await this.blocks.return(undefined);
  }
}

function firstOf(lines: readonly (number | undefined)[]): number | undefined {
  return lines.find((line) => line !== undefined);
}
