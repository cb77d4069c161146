/** Validation: one pass over the file that refuses what cannot be imported and cuts the rest into chunks. */
import type { FileHandle } from 'node:fs/promises';
import type { RowProblem } from '../contract/codes.js';
import type { Findings } from '../contract/findings.js';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import type { Header } from '../csv/header.js';
import { readBlocks, type Block } from '../csv/records.js';
import { createRowCheck, type RowRules } from './row.js';
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
}

export interface ValidationSource extends Cut {
  file: FileHandle;
  bytes: number;
  header: Header;
}

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

  const { start, line } = source.header.rows;
  for await (const block of readBlocks(source.file, { start, end: source.bytes, line })) {
    if (tally.rows === 0) addresses.expect(rowsLike(block, source.bytes));
    for (const row of parseBlock(block)) {
      const checked = check(row.cells);
      addresses.claim(checked, row.line);
      tally.add(row.line, checked);
      const finished = chunks.add(block, row, checked.problems.length > 0);
      if (finished) await output.chunk(finished);
      if (checked.problems.length > 0) await output.invalidRow(row, checked.problems);
    }
    chunks.endBlock(block);
    tally.addBlock(block);
    await hash.add(block);
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
  const sha256 = await hash.digest(source.bytes);
  return { sha256, ...tally.findings(chunks.count, chunks.canaryCount) };
}

/** How many rows a file has when all are as long as those of its first block. */
function rowsLike({ records, bytes }: Block, fileBytes: number): number {
  return (fileBytes / bytes.length) * records.length;
}
