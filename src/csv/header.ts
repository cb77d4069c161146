/** The first line of the file: the names of its columns. */
import type { FileHandle } from 'node:fs/promises';
import { BOUNDS } from './bounds.js';
import { BYTE_ORDER_MARK, parseBlock } from './cells.js';
import { FileError } from './file-error.js';
import { readBlocks } from './records.js';

export interface Header {
  /** Column names, trimmed. */
  names: string[];
  /** The line as it is in the file. */
  raw: string;
  /** Where the rows begin. */
  rows: { start: number; line: number };
  byteOrderMark: boolean;
  /** The bytes that all this was read from: those before the rows. */
  bytes: Buffer;
}

/**
 * Reads the header of a file of `size` bytes.
 * @throws FileError `empty_file`, `missing_header`, `too_many_columns`, `invalid_encoding`, `malformed_quotes`
 */
export async function readHeader(file: FileHandle, size: number): Promise<Header> {
  const mark = Buffer.alloc(BYTE_ORDER_MARK.length);
  await file.read(mark, 0, mark.length, 0);
  const byteOrderMark = mark.equals(BYTE_ORDER_MARK);
  const start = byteOrderMark ? mark.length : 0;

  const blocks = readBlocks(file, { start, end: size, line: 1 });
  for await (const block of blocks) {
    const [first, second] = block.records;
    if (!first) continue;
    if (first.line !== 1) throw missingHeader('line 1 is blank');
    const end = second?.start ?? block.offset + block.bytes.length;
    const only = { ...block, bytes: block.bytes.subarray(0, end - block.offset), records: [first] };
    const row = parseBlock(only)[0]!;
    const raw = row.raw();
    checkNames(row.cells, raw);
    const names = row.cells.map((cell) => cell.trim());
    const line = second?.line ?? 1 + newlines(only.bytes);
    const bytes = Buffer.concat([byteOrderMark ? mark : Buffer.alloc(0), only.bytes]);
    return { names, raw, rows: { start: end, line }, byteOrderMark, bytes };
  }
  throw new FileError({
    code: 'empty_file',
    message: 'empty_file: the file holds no rows. It needs a header line and one line a user.',
  });
}

function checkNames(cells: string[], raw: string): void {
  // First, because such a line 1 holds all of the file's addresses too.
  if (/\r(?!\n)/.test(raw)) {
    throw missingHeader(
      'the lines end in bare carriage returns, so that the whole file is one line; save it with LF line endings',
    );
  }
  if (cells.length > BOUNDS.columns) {
    throw new FileError({
      code: 'too_many_columns',
      line: 1,
      message: `too_many_columns: line 1 names ${cells.length} columns, and ${BOUNDS.columns} are the most. Remove those that are not imported.`,
    });
  }
  if (cells.some((cell) => cell.includes('@'))) throw missingHeader('line 1 holds an address');
  if (cells.every((cell) => cell.trim() === '')) throw missingHeader('line 1 names no column');
}

function missingHeader(why: string): FileError {
  return new FileError({
    code: 'missing_header',
    line: 1,
    message: `missing_header: ${why}. The first line must name the columns, for example email,first_name,last_name,role,tenant_id,initial_password.`,
  });
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x0a) count++;
  return count;
}
