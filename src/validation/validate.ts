/** Validation: one pass over the file that refuses what cannot be imported and cuts the rest into chunks. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { RowCode, RowProblem, Warning } from '../contract/codes.js';
import { countCode, NO_ROLE, type CodeCount, type Findings } from '../contract/findings.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import type { Header } from '../csv/header.js';
import { readBlocks, type Block } from '../csv/records.js';
import { createRowCheck, type CheckedRow, type RowRules } from './row.js';
import { canaryChunks, rowsOfChunk, type Cut } from '../contract/import/chunking.js';
import type { FileAddresses } from './file-addresses.js';
import type { ChunkRange } from '../store/plan.js';

/** What validation writes as it goes. */
export interface ValidationOutput {
  chunk(range: ChunkRange): Promise<void>;
  invalidRow(row: CsvRow, problems: RowProblem[]): Promise<void>;
}

export interface ValidationSource extends Cut {
  file: FileHandle;
  bytes: number;
  header: Header;
}

/**
 * Reads every row once, in memory that does not grow with the file but for the 24 bytes a row of the addresses.
 * @param addresses gets every address of the file
 * @param onRows called after each block with the number of rows read so far
 * @throws FileError when the file as a whole cannot be imported
 */
export async function validate(
  source: ValidationSource,
  rules: RowRules,
  addresses: FileAddresses,
  output: ValidationOutput,
  onRows: (rows: number) => void,
): Promise<Findings> {
  const check = createRowCheck(rules);
  const tally = new Tally(source.header, rules);
  const chunks = new ChunkCutter(source);

  const { start, line } = source.header.rows;
  for await (const block of readBlocks(source.file, { start, end: source.bytes, line })) {
    if (tally.rows === 0) addresses.expect(rowsLike(block, source.bytes));
    for (const row of parseBlock(block)) {
      const checked = check(row.cells);
      refuseRepeated(checked, row.line, addresses);
      tally.add(row.line, checked);
      const finished = chunks.add(block, row, checked.problems.length > 0);
      if (finished) await output.chunk(finished);
      if (checked.problems.length > 0) await output.invalidRow(row, checked.problems);
    }
    chunks.endBlock(block);
    tally.addBlock(block);
    onRows(tally.rows);
  }
  const last = chunks.finish();
  if (last) await output.chunk(last);
  if (tally.rows === 0) {
    throw new FileError({
      code: 'empty_file',
      message: 'empty_file: the file has a header line and no rows below it.',
    });
  }
  const canary = Math.min(canaryChunks(source), chunks.count);
  return tally.findings(chunks.count, canary);
}

/** How many rows a file has when all are as long as those of its first block. */
function rowsLike({ records, bytes }: Block, fileBytes: number): number {
  return (fileBytes / bytes.length) * records.length;
}

/** An earlier row keeps the address, valid or not. */
function refuseRepeated(checked: CheckedRow, line: number, addresses: FileAddresses): void {
  if (checked.address === undefined) return;
  const earlier = addresses.claim(checked.address, line);
  if (earlier === undefined) return;
  checked.problems.push({
    code: 'duplicate_email',
    reason: `line ${earlier} has the same address`,
  });
}

/** Cuts the rows into chunks whose byte ranges follow on each other without a gap. */
class ChunkCutter {
  count = 0;
  private open:
    | { start: number; line: number; rows: number; size: number; invalid: Set<number>; hash: Hash }
    | undefined;
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

/** Adds up what validation found. */
class Tally {
  rows = 0;
  private invalid = 0;
  private readonly codes: Partial<Record<RowCode, CodeCount>> = {};
  private readonly roles = new Map<string, number>();
  private weakPasswords = 0;
  private tenants = 0;
  private carriageReturns = false;

  constructor(
    private readonly header: Header,
    private readonly rules: RowRules,
  ) {}

  add(line: number, { problems, role, tenant, weakPassword }: CheckedRow): void {
    this.rows++;
    if (weakPassword) this.weakPasswords++;
    if (tenant !== undefined) this.tenants++;
    if (problems.length === 0) {
      const name = role ?? NO_ROLE;
      this.roles.set(name, (this.roles.get(name) ?? 0) + 1);
      return;
    }
    this.invalid++;
    for (const code of new Set(problems.map((problem) => problem.code))) {
      countCode(this.codes, code, line);
    }
  }

  addBlock(block: Block): void {
    this.carriageReturns ||= block.carriageReturns;
  }

  findings(chunks: number, canaryChunks: number): Findings {
    const { rows, invalid, codes } = this;
    const roles = Object.fromEntries(this.roles);
    return { rows, invalid, chunks, canaryChunks, codes, roles, warnings: this.warnings() };
  }

  private warnings(): Warning[] {
    const warnings: Warning[] = [];
    const warn = (code: Warning['code'], text: string) =>
      warnings.push({ code, message: `${code}: ${text}` });
    if (this.header.byteOrderMark)
      warn('byte_order_mark', 'the file begins with a byte order mark, which is ignored');
    if (this.carriageReturns) warn('crlf_line_endings', 'lines end in CRLF, which is taken as LF');
    if (this.tenants > 0 && !this.rules.tenants) {
      warn(
        'tenants_not_checked',
        `tenants are taken as they are, the worker knows none (TENANTS); rows that name one: ${this.tenants}`,
      );
    }
    if (this.weakPasswords > 0) {
      warn('weak_password', `passwords shorter than 8 characters: ${this.weakPasswords}`);
    }
    return warnings;
  }
}
