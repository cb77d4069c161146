/** Validation: one pass over the file that refuses what cannot be imported and cuts the rest into chunks. */
import type { RowProblem } from '../contract/codes.js';
import type { Findings } from '../contract/findings.js';
import { tellCsv } from '../contract/import/csv-settings.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import type { Header } from '../csv/header.js';
import type { ByteSource } from '../csv/byte-source.js';
import { readBlocks, type Block } from '../csv/records.js';
import { leftOutReader } from '../identity/left-out.js';
import type { CheckedRow, RowRules } from './checked-row.js';
import { createRowCheck } from './row.js';
import type { Cut } from '../contract/import/chunking.js';
import { ChunkCutter } from './chunk-cutter.js';
import type { FileAddresses } from './file-addresses.js';
import { FileHash } from './file-hash.js';
import { Tally } from './tally.js';
import type { ChunkRange } from '../store/plan.js';

/** What validation writes as it goes. */
export interface ValidationOutput {
  chunk(range: ChunkRange): Promise<void>;
  invalidRow(row: CsvRow, problems: RowProblem[]): Promise<void>;
  /** Every row, where more is to be found out about it than whether it is valid. */
  row?: (line: number, row: CheckedRow, startsChunk: boolean) => void;
}

export interface ValidationSource extends Cut {
  /** Where the bytes of its text are. */
  file: ByteSource;
  bytes: number;
  header: Header;
  /** Of the file, where its text had to be unpacked. */
  unpacked?: { sha256: string } | undefined;
  /** Whether a file is refused whose addresses all begin with an apostrophe. */
  refusesApostrophes: boolean;
}

/** Enough to look at their slots together, and so few that what is made for them is dropped while it is young. */
const ROWS_AT_ONCE = 100;

/**
 * Reads every row once, in memory that does not grow with the file but for the 24 bytes of each address and identifier.
 * @param addresses gets every address and identifier of the file
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
  const hash = new FileHash(source.file, source.header.bytes);

  const validateRows = async (rows: CsvRow[], block: Block): Promise<void> => {
    const results = rows.map((row) => check(row.cells, row.end - row.start));
    addresses.claim(results, (i) => rows[i]!.line);
    for (let i = 0; i < rows.length; i++) {
      const [row, checked] = [rows[i]!, results[i]!];
      const isInvalid = checked.problems.length > 0;
      if (checked.withheld !== undefined) throw withheld(row.line, checked.withheld);
      tally.add(row.line, checked);
      const finished = chunks.add(block, row, isInvalid);
      if (finished) await output.chunk(finished);
      output.row?.(row.line, checked, tally.rows === 1 || finished !== undefined);
      if (isInvalid) await output.invalidRow(row, checked.problems);
    }
  };

  const { dialect } = source.header;
  const filter = {
    leavesOut: leftOutReader(rules.map, rules.nothing),
    onLeftOut: (line: number) => tally.addLeftOut(line),
    onBlank: (line: number) => tally.addBlank(line),
  };
  const range = { ...source.header.rows, end: source.bytes };
  for await (const block of readBlocks(source.file, range, dialect)) {
    if (tally.rows === 0) addresses.expect(rowsLike(block, source.bytes));
    const rows = parseBlock(block, filter);
    for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
      await validateRows(rows.slice(first, first + ROWS_AT_ONCE), block);
    }
    chunks.endBlock(block);
    tally.addBlock(block);
    if (!source.unpacked) await hash.add(block);
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
  if (source.refusesApostrophes && tally.hasOnlyApostrophes) throw apostrophes();
  const sha256 = source.unpacked?.sha256 ?? (await hash.digest(source.bytes));
  const isPacked = source.unpacked !== undefined;
  return { sha256, ...tally.findings(chunks.count, chunks.canaryCount, isPacked) };
}

/** Not the rows' fault: with the next export all of them may have their hashes. */
function withheld(line: number, reason: string): FileError {
  return new FileError({
    code: 'withheld_password_hashes',
    line,
    message: `withheld_password_hashes: ${reason}, and start again (seen at line ${line}).`,
  });
}

function apostrophes(): FileError {
  return new FileError({
    code: 'leading_apostrophes',
    message: `leading_apostrophes: every address of the file begins with an apostrophe, as in an export made safe for spreadsheets (Auth0's, for example). Import it without them with ${tellCsv('leadingApostrophes', 'remove')}; "keep" takes them as they are.`,
  });
}

/** How many rows a file has when all are as long as those of its first block. */
function rowsLike({ records, bytes }: Block, fileBytes: number): number {
  return (fileBytes / bytes.length) * records.length;
}
