/** What stands before the rows of a file: its dialect, and the names of its columns. */
import type { CsvFacts, Separator } from '../contract/dialect.js';
import { separatorOf, tellCsv, type CsvSettings } from '../contract/import/csv-settings.js';
import { BOUNDS } from './bounds.js';
import { readFully, type ByteSource } from './byte-source.js';
import { bytesOf, parseRecords } from './cells.js';
import type { Dialect } from './dialect.js';
import { decode, LF, Units } from './encoding.js';
import { FileError } from './file-error.js';
import { findEncoding } from './find-encoding.js';
import { findSeparator, type NameHints } from './find-separator.js';
import { LinesBefore } from './lines-before.js';
import { missingHeader } from './missing-header.js';
import { readBlocks } from './records.js';
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

/** The input's settings, and what the caller knows of names. */
export interface HeaderHints extends NameHints {
  csv: CsvSettings;
  isAddress: (cell: string) => boolean;
}

/** What is known before the header itself is read. */
interface Start {
  file: ByteSource;
  size: number;
  hints: HeaderHints;
  before: LinesBefore;
  /** Absent where the header line has to say it. */
  separator: Separator | undefined;
  dialectWith: (separator: Separator) => Dialect;
}

type Found = Omit<Header, 'byteOrderMark' | 'separatorFrom'>;

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
  const said = await before.skip(csv.linesBeforeHeader);
  const told = csv.separator === undefined ? undefined : separatorOf(csv.separator);
  if (said && told && said !== told) throw contradiction(said, told);
  const removesApostrophes = csv.leadingApostrophes === 'remove';
  const start: Start = {
    ...{ file, size, hints, before, separator: told ?? said },
    dialectWith: (separator) => ({
      ...{ encoding, separator, removesApostrophes },
      ...(csv.escape === 'backslash' && { escapes: true }),
    }),
  };
  const found = csv.headerNames
    ? await toldHeader(csv.headerNames, start)
    : await headerLine(start);
  const separatorFrom = told ? 'input' : said ? 'sep-line' : 'header';
  return { ...found, byteOrderMark: markBytes > 0, separatorFrom };
}

/** The header of a file without one. */
async function toldHeader(
  headerNames: string[],
  { file, before, separator = ',', dialectWith }: Start,
): Promise<Found> {
  const names = headerNames.map((name) => name.trim());
  return {
    names,
    raw: names.map((name) => csvCell(name, separator)).join(separator),
    line: 0,
    rows: { start: before.position, line: before.line },
    dialect: dialectWith(separator),
    bytes: await readFully(file, 0, before.position),
  };
}

async function headerLine(start: Start): Promise<Found> {
  const { file, size, hints, before, separator, dialectWith } = start;
  const { line } = before;
  const range = { start: before.position, end: size, line };
  for await (const block of readBlocks(file, range, dialectWith(separator ?? ','))) {
    const [first, second] = block.records;
    if (!first) continue;
    if (first.line !== line) throw missingHeader(line, 'is blank');
    const end = second?.start ?? block.offset + block.bytes.length;
    const only = { ...block, bytes: block.bytes.subarray(0, end - block.offset), records: [first] };
    const read = (found: Separator) => parseRecords({ ...only, dialect: dialectWith(found) })[0]!;
    const dialect = dialectWith(separator ?? findSeparator(read, { line, ...hints }));
    const cells = read(dialect.separator);
    const raw = decode(bytesOf(block, first), dialect.encoding);
    checkNames(cells, raw, line, hints);
    const lines = new Units(dialect.encoding).count(only.bytes, LF);
    return {
      names: cells.map((cell) => cell.trim()),
      raw,
      line,
      rows: { start: end, line: second?.line ?? line + lines },
      dialect,
      bytes: Buffer.concat([await readFully(file, 0, range.start), only.bytes]),
    };
  }
  throw new FileError({
    code: 'empty_file',
    message: 'empty_file: the file holds no rows. It needs a header line and one line a user.',
  });
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
      `holds an address; if it is a row, name the columns of the file, for example with ${tellCsv('headerNames', ['email', 'first_name'])}`,
    );
  }
  const named = cells.filter((cell) => cell.trim() !== '');
  if (named.length === 0) throw missingHeader(line, 'names no column');
  if (named.length === 1 && cells.length > 1 && !hints.isKnown(named[0]!)) {
    throw missingHeader(
      line,
      `has text in a single one of its ${cells.length} cells; if the header comes later, say how many lines are before it with ${tellCsv('linesBeforeHeader', line)}`,
    );
  }
}

function contradiction(said: Separator, told: Separator): FileError {
  return new FileError({
    code: 'unclear_separator',
    line: 1,
    message: `unclear_separator: line 1 says sep=${said === '\t' ? ' and a tab' : said}, and the input's csv another separator (${told === '\t' ? 'a tab' : told}). Leave out the one that is wrong.`,
  });
}
