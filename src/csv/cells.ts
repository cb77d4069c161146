/** The cells of records, and what makes a file's text unreadable. */
import { CsvError, parse } from 'csv-parse/sync';
import { tellCsv } from '../contract/import/csv-settings.js';
import type { Dialect } from './dialect.js';
import { decode, firstInvalidByte, LF, Units } from './encoding.js';
import { FileError } from './file-error.js';
import type { Block, RecordSpan } from './records.js';

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

  /** The record's text as it is in the file. Decoded when it is asked for: only rejected rows need it. */
  raw(): string {
    return decode(bytesOf(this.block, this.record), this.block.dialect.encoding);
  }
}

/** What of the records of a file is no row of its import. */
export interface RowFilter {
  /** Whether a record with values is none. */
  leavesOut?: ((cells: string[]) => boolean) | undefined;
  onLeftOut?: (line: number) => void;
  /** Is told the line of each record without any value. */
  onBlank?: (line: number) => void;
}

/**
 * The rows of a block. A record without any value is none: spreadsheets leave such lines behind.
 * @throws FileError `invalid_encoding` with the first bad byte, `malformed_quotes` with the line on which the row
 * starts
 */
export function parseBlock(block: Block, filter: RowFilter = {}): CsvRow[] {
  const records = parseRecords(block);
  const rows: CsvRow[] = [];
  for (let i = 0; i < records.length; i++) {
    const [cells, record] = [records[i]!, block.records[i]!];
    if (!hasValue(cells)) filter.onBlank?.(record.line);
    else if (filter.leavesOut?.(cells)) filter.onLeftOut?.(record.line);
    else rows.push(new CsvRow(block, record, cells));
  }
  return rows;
}

/** The cells of each record of a block, those without any value included. */
export function parseRecords(block: Block): string[][] {
  const { bytes, dialect } = block;
  const badByte = firstInvalidByte(bytes, dialect.encoding);
  if (badByte !== undefined) throw invalidEncoding(block, badByte);
  const cells = parseCells(upToLastRecord(block), block) ?? refuseQuotes(block);
  if (cells.length !== block.records.length) {
    throw new Error(
      `csv-parse found ${cells.length} records where ${block.records.length} were cut`,
    );
  }
  const rows = dialect.escapes ? cells.map((row) => unescaped(row, dialect.separator)) : cells;
  return dialect.removesApostrophes ? rows.map((row) => row.map(withoutApostrophe)) : rows;
}

/** Joins the cells that were cut at a separator with a backslash before it; one before a backslash goes, too. */
function unescaped(cells: string[], separator: string): string[] {
  if (!cells.some((cell) => cell.includes('\\'))) return cells;
  const whole: string[] = [];
  let open = '';
  for (const [i, cell] of cells.entries()) {
    const isCut = /(?<!\\)(?:\\\\)*\\$/.test(cell) && i < cells.length - 1;
    open += isCut ? cell.slice(0, -1) + separator : cell;
    if (isCut) continue;
    whole.push(open);
    open = '';
  }
  return whole.map((cell) => cell.replaceAll('\\\\', '\\'));
}

function withoutApostrophe(cell: string): string {
  return cell.startsWith("'") ? cell.slice(1) : cell;
}

/** Blanks, characters that nobody sees, and the mark that old programs end a file with. */
const NO_VALUE = /^[\s\p{Default_Ignorable_Code_Point}\x1a]*$/u;

function hasValue(cells: string[]): boolean {
  // Nearly all rows begin with a visible ASCII character.
  const first = cells[0]!.charCodeAt(0);
  return (first > 0x20 && first < 0x7f) || cells.some((cell) => !NO_VALUE.test(cell));
}

/** A file may end in half a CRLF, which belongs to no cell. */
function upToLastRecord({ bytes, offset, records }: Block): Buffer {
  return bytes.subarray(0, (records.at(-1)?.end ?? offset) - offset);
}

export function bytesOf({ bytes, offset }: Block, { start, end }: RecordSpan): Buffer {
  return bytes.subarray(start - offset, end - offset);
}

/** All records of the bytes; undefined when csv-parse refuses one of them. */
function parseCells(
  bytes: Buffer,
  { carriageReturns, dialect }: Pick<Block, 'carriageReturns' | 'dialect'>,
): string[][] | undefined {
  const { encoding, separator } = dialect;
  try {
    return parse(encoding === 'utf-8' ? bytes : decode(bytes, encoding), {
      delimiter: separator,
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
  const bad = block.records.find(
    (record) => parseCells(bytesOf(block, record), block) === undefined,
  );
  const line = (bad ?? block.records[0]!).line;
  throw new FileError({
    code: 'malformed_quotes',
    line,
    message: `malformed_quotes: the row that starts on line ${line} has a stray or unclosed double quote. Put quotes around the whole cell, and write a quote inside a quoted cell as "".`,
  });
}

function invalidEncoding({ bytes, offset, records, dialect }: Block, at: number): FileError {
  const first = records[0];
  const before = first ? bytes.subarray(first.start - offset, at) : Buffer.alloc(0);
  const line = (first?.line ?? 1) + new Units(dialect.encoding).count(before, LF);
  const byte = offset + at;
  return new FileError({
    code: 'invalid_encoding',
    line,
    byte,
    message: `invalid_encoding: the byte at offset ${byte} (counted from 0), on line ${line}, is not ${NAMES[dialect.encoding]}. ${wayOut(bytes, at, dialect)}`,
  });
}

const NAMES: Record<Dialect['encoding'], string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
  'windows-1252': 'Windows-1252',
  'latin-1': 'Latin-1',
};

function wayOut(bytes: Buffer, at: number, { encoding }: Dialect): string {
  if (encoding !== 'utf-8' || !looksLikeLatin(bytes, at)) {
    return 'Save the file as "CSV UTF-8" and start again.';
  }
  return `It looks like Windows-1252 or Latin-1, as a spreadsheet's plain "CSV" is: tell it with ${tellCsv('encoding', 'windows-1252')}, and see that the names come out right. Or: save the file as "CSV UTF-8" and start again.`;
}

/** One byte beyond ASCII between ASCII ones: a letter of a one-byte encoding. */
function looksLikeLatin(bytes: Buffer, at: number): boolean {
  const before = bytes[at - 1] ?? 0x61;
  const after = bytes[at + 1] ?? 0x61;
  return (
    before < 0x80 &&
    after < 0x80 &&
    firstInvalidByte(bytes.subarray(at, at + 1), 'windows-1252') === undefined
  );
}
