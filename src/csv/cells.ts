/** The cells of records, and what makes a file's text unreadable. */
import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import { FileError } from './file-error.js';
import type { Block, RecordSpan } from './records.js';

export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** One record with its cells and its own text, as it is in the file without the line ending. */
export class CsvRow {
  constructor(
    private readonly block: Block,
    private readonly record: RecordSpan,
    readonly cells: string[],
  ) {}

  /** The line on which it starts. */
  get line(): number {
    return this.record.line;
  }

  /** The position of its first byte in the file. */
  get start(): number {
    return this.record.start;
  }

  /** The position after its last byte. */
  get end(): number {
    return this.record.end;
  }

  /** The record's text, byte for byte. Decoded when it is asked for: only rejected rows need it. */
  raw(): string {
    const { bytes, offset } = this.block;
    return bytes.toString('utf8', this.record.start - offset, this.record.end - offset);
  }
}

/**
 * The rows of a block.
 * @throws FileError `invalid_encoding` with the first bad byte, `malformed_quotes` with the line on which the row
 * starts
 */
export function parseBlock(block: Block): CsvRow[] {
  if (!isUtf8(block.bytes)) throw invalidEncoding(block.offset + firstInvalidByte(block.bytes));
  const cells = parseCells(upToLastRecord(block), block) ?? refuseQuotes(block);
  if (cells.length !== block.records.length) {
    throw new Error(
      `csv-parse found ${cells.length} records where ${block.records.length} were cut`,
    );
  }
  return block.records.map((record, i) => new CsvRow(block, record, cells[i]!));
}

/** A file may end in half a CRLF, which belongs to no cell. */
function upToLastRecord({ bytes, offset, records }: Block): Buffer {
  return bytes.subarray(0, (records.at(-1)?.end ?? offset) - offset);
}

/** All records of the bytes; undefined when csv-parse refuses one of them. */
function parseCells(
  bytes: Buffer,
  { carriageReturns }: Pick<Block, 'carriageReturns'>,
): string[][] | undefined {
  try {
    return parse(bytes, {
      // Every byte is compared with each of them.
      record_delimiter: carriageReturns ? ['\r\n', '\n'] : ['\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

/** csv-parse counts lines from the block's start; parsing each record alone finds the one that it refused. */
function refuseQuotes(block: Block): never {
  const bad = block.records.find((record) => {
    const bytes = block.bytes.subarray(record.start - block.offset, record.end - block.offset);
    return parseCells(bytes, block) === undefined;
  });
  const line = (bad ?? block.records[0]!).line;
  throw new FileError({
    code: 'malformed_quotes',
    line,
    message: `malformed_quotes: the row that starts on line ${line} has a stray or unclosed double quote. Put quotes around the whole cell, and write a quote inside a quoted cell as "".`,
  });
}

function invalidEncoding(byte: number): FileError {
  return new FileError({
    code: 'invalid_encoding',
    byte,
    message: `invalid_encoding: the byte at offset ${byte} (counted from 0) is not UTF-8. Save the file as "CSV UTF-8" and start again.`,
  });
}

/**
 * Position of the first byte that begins no valid UTF-8 character (RFC 3629, so no surrogates and no overlong forms).
 */
export function firstInvalidByte(bytes: Buffer): number {
  let i = 0;
  while (i < bytes.length) {
    const length = characterLength(bytes[i]!);
    if (length === 0 || !isUtf8(bytes.subarray(i, i + length))) return i;
    i += length;
  }
  return i;
}

function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}
