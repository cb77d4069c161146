/**
 * Cuts a CSV into records by bytes, so that any run of records can be read again by its byte range alone.
 *
 * A newline ends a record exactly when the number of double quotes before it is even: that holds for every
 * well-formed CSV (RFC 4180 allows quotes only around a cell and doubled inside one), and what is not well-formed is
 * refused when its cells are parsed. The cells themselves are csv-parse's work.
 */
import { BOUNDS } from './bounds.js';
import { readAhead, type ByteSource } from './byte-source.js';
import type { Dialect } from './dialect.js';
import { LF, Units } from './encoding.js';
import { FileError } from './file-error.js';

/** One record: `start` and `end` are absolute byte positions, `end` without the line ending. */
export interface RecordSpan {
  start: number;
  end: number;
  /** The line on which it starts, the file's first being 1. */
  line: number;
}

/** Some whole records and the bytes that hold them. `offset` is the position of `bytes[0]` in the file. */
export interface Block {
  bytes: Buffer;
  offset: number;
  records: RecordSpan[];
  /** Whether a record of it ends in CRLF. */
  carriageReturns: boolean;
  dialect: Dialect;
}

/** A record that is not at its end yet may have the first unit of a CRLF already. */
const HALF_ENDING = 2;

const CR = 0x0d;
const QUOTE = 0x22;

/** A part of a file: bytes from `start` up to, but not including, `end`; `line` is the line at `start`. */
export interface ByteRange {
  start: number;
  end: number;
  line: number;
}

/**
 * Reads `range` of `file` and yields its records in blocks. Blank lines are no records. A record that the end of the
 * range cuts off is yielded as it is: its open quote is for the cell parser to refuse.
 * @throws FileError `malformed_quotes` for a record of more than `maxBytes`
 */
export async function* readBlocks(
  file: ByteSource,
  range: ByteRange,
  dialect: Dialect,
  maxBytes: number = BOUNDS.recordBytes,
): AsyncGenerator<Block> {
  const scanner = new Scanner(range, dialect);
  let rest: Buffer = Buffer.alloc(0);
  let position = range.start;
  for await (const read of readAhead(file, range)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, read]) : read;
    const offset = position - rest.length;
    position += read.length;
    const records = scanner.scan(bytes, offset);
    const used = scanner.recordStart - offset;
    // Only a block's first record can be longer than a read.
    const [first] = records;
    if (first && first.end - first.start > maxBytes) throw tooLong(first.line);
    if (used > 0) {
      const { carriageReturns } = scanner;
      yield { bytes: bytes.subarray(0, used), offset, records, carriageReturns, dialect };
    }
    rest = bytes.subarray(used);
    if (rest.length > maxBytes + HALF_ENDING) throw tooLong(scanner.recordLine);
  }
  const last = scanner.finish(rest);
  if (last && last.end - last.start > maxBytes) throw tooLong(last.line);
  if (last) {
    yield { bytes: rest, offset: last.start, records: [last], carriageReturns: false, dialect };
  }
}

/** The records of bytes that are already in memory and begin at `start`, on `line`. */
export function cutBlock(bytes: Buffer, start: number, line: number, dialect: Dialect): Block {
  const scanner = new Scanner({ start, line }, dialect);
  const records = scanner.scan(bytes, start);
  const last = scanner.finish(bytes.subarray(scanner.recordStart - start));
  if (last) records.push(last);
  return { bytes, offset: start, records, carriageReturns: scanner.carriageReturns, dialect };
}

/** Finds record ends. Keeps its place between reads, so that no byte is looked at twice. */
class Scanner {
  /** Where the record that is open now began, in bytes and lines. */
  recordStart: number;
  recordLine: number;
  /** Whether a record of the last scan ended in CRLF. */
  carriageReturns = false;
  private scanned: number;
  private line: number;
  private quoted = false;
  private readonly units: Units;

  constructor(range: Pick<ByteRange, 'start' | 'line'>, { encoding }: Dialect) {
    this.units = new Units(encoding);
    this.recordStart = range.start;
    this.scanned = range.start;
    this.recordLine = range.line;
    this.line = range.line;
  }

  scan(bytes: Buffer, offset: number): RecordSpan[] {
    const records: RecordSpan[] = [];
    const { units } = this;
    const { width } = units;
    this.carriageReturns = false;
    let i = this.scanned - offset;
    for (; i + width <= bytes.length; i += width) {
      const unit = width === 1 ? bytes[i] : units.at(bytes, i);
      if (unit === QUOTE) this.quoted = !this.quoted;
      else if (unit === LF) {
        this.line++;
        if (this.quoted) continue;
        const start = this.recordStart - offset;
        const crlf = i > start && units.at(bytes, i - width) === CR;
        const end = crlf ? i - width : i;
        this.carriageReturns ||= crlf;
        if (end > start) {
          records.push({ start: this.recordStart, end: offset + end, line: this.recordLine });
        }
        this.recordStart = offset + i + width;
        this.recordLine = this.line;
      }
    }
    this.scanned = offset + i;
    return records;
  }

  /** The last record, when the file does not end with a newline. */
  finish(rest: Buffer): RecordSpan | undefined {
    const { width } = this.units;
    const isHalf =
      !this.quoted && rest.length >= width && this.units.at(rest, rest.length - width) === CR;
    const length = isHalf ? rest.length - width : rest.length;
    if (length === 0) return undefined;
    return { start: this.recordStart, end: this.recordStart + length, line: this.recordLine };
  }
}

function tooLong(line: number): FileError {
  return new FileError({
    code: 'malformed_quotes',
    line,
    message: `malformed_quotes: the row that starts on line ${line} has no end within 1 MiB: a double quote that is not closed, or lines that end in bare carriage returns. Close it, and write a quote inside a quoted cell as ""; save the file with LF line endings.`,
  });
}
