/** What stands before the rows of a file: its dialect, and the names of its columns. */
import type { CsvFacts, Separator } from '../contract/dialect.js';
import { separatorOf, type CsvSettings } from '../contract/import/csv-settings.js';
import { BOUNDS } from './bounds.js';
import { parseRecords } from './cells.js';
import type { Dialect } from './dialect.js';
import { decode, firstInvalidByte, Units } from './encoding.js';
import { FileError } from './file-error.js';
import { findEncoding } from './find-encoding.js';
import { findSeparator, separatorLine } from './find-separator.js';
import { readBlocks, type ByteSource } from './records.js';
import { csvCell } from './write.js';

export interface Header {
  /** Column names, trimmed. */
  names: string[];
  /** The line as it is in the file, or as it would be for names that were told. */
  raw: string;
  /** Its line in the file; 0 for names that were told. */
  line: number;
  /** Where the rows begin. */
  rows: { start: number; line: number };
  dialect: Dialect;
  byteOrderMark: boolean;
  separatorFrom: CsvFacts['separatorFrom'];
  /** The bytes that all this was read from: those before the rows. */
  bytes: Buffer;
}

/** What the caller knows of names: the input's settings, and which names mean something to an import. */
export interface HeaderHints {
  csv: CsvSettings;
  isKnown: (name: string) => boolean;
  isAddress: (cell: string) => boolean;
}

/**
 * Reads the header of a file of `size` bytes.
 * @throws FileError `empty_file`, `missing_header`, `unclear_separator`, `too_many_columns`, `invalid_encoding`,
 * `malformed_quotes`
 */
export async function readHeader(
  file: ByteSource,
  size: number,
  hints: HeaderHints,
): Promise<Header> {
  const { csv } = hints;
  const { encoding, markBytes } = await findEncoding(file, csv.encoding);
  const before = new LinesBefore(file, size, encoding, markBytes);
  const told = csv.separator === undefined ? undefined : separatorOf(csv.separator);
  const said = await before.skip(csv.linesBeforeHeader);
  if (said && told && said !== told) throw contradiction(said, told);
  const separator = told ?? said;
  const common = {
    byteOrderMark: markBytes > 0,
    separatorFrom: told ? 'input' : said ? 'sep-line' : 'header',
  } as const;
  const removesApostrophes = csv.leadingApostrophes === 'remove';
  const toDialect = (found: Separator): Dialect => ({
    encoding,
    separator: found,
    removesApostrophes,
  });

  if (csv.headerNames) {
    const dialect = toDialect(separator ?? ',');
    const names = csv.headerNames.map((name) => name.trim());
    const raw = names.map((name) => csvCell(name, dialect.separator)).join(dialect.separator);
    const rows = { start: before.position, line: before.line };
    const bytes = await readPart(file, 0, before.position);
    return { ...common, names, raw, line: 0, rows, dialect, bytes };
  }

  const { line } = before;
  const range = { start: before.position, end: size, line };
  for await (const block of readBlocks(file, range, toDialect(separator ?? ','))) {
    const [first, second] = block.records;
    if (!first) continue;
    if (first.line !== line) throw missingHeader(line, 'is blank');
    const end = second?.start ?? block.offset + block.bytes.length;
    const only = { ...block, bytes: block.bytes.subarray(0, end - block.offset), records: [first] };
    const read = (found: Separator) => parseRecords({ ...only, dialect: toDialect(found) })[0]!;
    const found = findSeparator(read, separator, { line, isKnown: hints.isKnown });
    const raw = decode(
      only.bytes.subarray(first.start - block.offset, first.end - block.offset),
      encoding,
    );
    const cells = read(found);
    checkNames(cells, raw, line, hints);
    return {
      ...common,
      names: cells.map((cell) => cell.trim()),
      raw,
      line,
      rows: { start: end, line: second?.line ?? line + new Units(encoding).count(only.bytes, LF) },
      dialect: toDialect(found),
      bytes: Buffer.concat([await readPart(file, 0, range.start), only.bytes]),
    };
  }
  throw new FileError({
    code: 'empty_file',
    message: 'empty_file: the file holds no rows. It needs a header line and one line a user.',
  });
}

const LF = 0x0a;

/** The lines before the header, read one after the other: they are no records, and their quotes mean nothing. */
class LinesBefore {
  position: number;
  line = 1;

  constructor(
    private readonly file: ByteSource,
    private readonly size: number,
    private readonly encoding: Dialect['encoding'],
    start: number,
  ) {
    this.position = start;
  }

  /**
   * Reads over as many lines as were told, or else over the `sep=` of Excel and the `#TYPE` of PowerShell.
   * @returns the separator that a `sep=` in the first line names
   */
  async skip(told: number): Promise<Separator | undefined> {
    const first = await this.peek();
    const said = separatorLine(first.text);
    const isType = /^"?#TYPE [A-Za-z_][\w.+`]*"?$/.test(first.text);
    const lines = told > 0 ? told : said !== undefined || isType ? 1 : 0;
    for (let i = 0; i < lines; i++) {
      const { end } = await this.peek();
      if (end === undefined) throw missingHeader(this.line, 'has no end within 1 MiB');
      this.position = end;
      this.line++;
    }
    return said;
  }

  /** The line that begins here, and where the next one begins; undefined where it is too long to say. */
  private async peek(): Promise<{ text: string; end: number | undefined }> {
    const units = new Units(this.encoding);
    const { width } = units;
    let bytes: Buffer = Buffer.alloc(0);
    for (let looked = 0; ; looked = bytes.length - (bytes.length % width)) {
      const wanted = Math.min(LINE_BYTES, this.size - this.position - bytes.length);
      const part = await readPart(this.file, this.position + bytes.length, wanted);
      bytes = Buffer.concat([bytes, part]);
      for (let i = looked; i + width <= bytes.length; i += width) {
        if (units.at(bytes, i) !== LF) continue;
        return { text: this.textOf(bytes.subarray(0, i)), end: this.position + i + width };
      }
      if (part.length === 0) return { text: this.textOf(bytes), end: this.size };
      if (bytes.length > BOUNDS.recordBytes) return { text: '', end: undefined };
    }
  }

  /** Without its line ending. What is no text is nothing that is looked for: the header's reading says so. */
  private textOf(bytes: Buffer): string {
    if (firstInvalidByte(bytes, this.encoding) !== undefined) return '';
    return decode(bytes, this.encoding).replace(/\r$/, '');
  }
}

const LINE_BYTES = 64 * 1024;

/** A read may bring less than was asked for; only the end of the file brings nothing. */
async function readPart(file: ByteSource, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function checkNames(cells: string[], raw: string, line: number, hints: HeaderHints): void {
  // First, because such a line holds all of the file's addresses too.
  if (/\r(?!\n)/.test(raw)) {
    throw missingHeader(
      line,
      'is the whole file: its lines end in bare carriage returns; save it with LF line endings',
    );
  }
  if (cells.length > BOUNDS.columns) {
    throw new FileError({
      code: 'too_many_columns',
      line,
      message: `too_many_columns: line ${line} names ${cells.length} columns, and ${BOUNDS.columns} are the most. Remove those that are not imported.`,
    });
  }
  const isAddress = (cell: string) => !hints.isKnown(cell) && hints.isAddress(cell.trim());
  if (cells.some(isAddress)) {
    throw missingHeader(
      line,
      'holds an address; if it is a row, name the columns of the file with "csv": {"headerNames": […]} (on the command line --header-names)',
    );
  }
  const named = cells.filter((cell) => cell.trim() !== '');
  if (named.length === 0) throw missingHeader(line, 'names no column');
  if (named.length === 1 && cells.length > 1 && !hints.isKnown(named[0]!)) {
    throw missingHeader(
      line,
      `has text in a single one of its ${cells.length} cells; if the header comes later, say how many lines are before it with "csv": {"linesBeforeHeader": ${line}} (on the command line --lines-before-header ${line})`,
    );
  }
}

function missingHeader(line: number, why: string): FileError {
  return new FileError({
    code: 'missing_header',
    line,
    message: `missing_header: line ${line} ${why}. The header must name the columns, for example email,first_name,last_name,role,tenant_id,initial_password.`,
  });
}

function contradiction(said: Separator, told: Separator): FileError {
  return new FileError({
    code: 'unclear_separator',
    line: 1,
    message: `unclear_separator: line 1 says sep=${said === '\t' ? ' and a tab' : said}, and the input's csv another separator (${told === '\t' ? 'a tab' : told}). Leave out the one that is wrong.`,
  });
}
