import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { parseBlock, type CsvRow } from '../csv/cells.js';
import { FileError } from '../csv/file-error.js';
import { cutBlock } from '../csv/records.js';
import type { ChunkRange, Plan } from './plan.js';
import { openSource } from './source.js';

/**
 * The rows of a chunk, proven to be those that were validated.
 * @throws FileError `file_changed`, or that the file is not there
 */
export async function readChunkRows(
  importRoot: string,
  plan: Plan,
  range: ChunkRange,
): Promise<CsvRow[]> {
  const { handle, bytes } = await openSource(importRoot, plan.file);
  const buffer = Buffer.alloc(range.bytes);
  try {
    await readFully(handle, buffer, range.start);
  } finally {
    await handle.close();
  }
  const sha256 = createHash('sha256').update(buffer).digest('hex');
  if (bytes !== plan.fileBytes || sha256 !== range.sha256) {
    throw new FileError({
      code: 'file_changed',
      line: range.line,
      message: `file_changed: "${plan.file}" is not what it was when it was validated (seen at the rows from line ${range.line} on). Start a new import of the file as it is now; users who were imported already are then skipped.`,
    });
  }
  return parseBlock(cutBlock(buffer, range.start, range.line));
}

/** A read may bring less than was asked for; only the end of the file brings nothing. */
async function readFully(handle: FileHandle, buffer: Buffer, start: number): Promise<void> {
  for (let done = 0; done < buffer.length;) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}
