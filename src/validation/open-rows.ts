import type { FileHandle } from 'node:fs/promises';
import { FileError } from '../csv/file-error.js';
import { readFully, type ByteSource } from '../csv/byte-source.js';
import { unpack, type Unpacked } from '../store/packed-source.js';
import { openToRead } from '../store/plain-file.js';
import type { PreflightResult } from './preflight.js';

/** The bytes in which the rows are. */
export interface Rows {
  file: ByteSource;
  bytes: number;
  unpacked: Unpacked | undefined;
}

/**
 * Opens the rows for a while: those of a packed file are unpacked to `path`, and stay there. Whoever writes the file
 * meanwhile may have changed its header, which was read before, or not be done.
 * @param onPart called now and then while it is unpacked
 * @throws FileError `invalid_gzip`, `file_changed`
 */
export async function withRows<Result>(
  { file, bytes, isPacked, header }: PreflightResult,
  path: string,
  onPart: () => void,
  work: (rows: Rows) => Promise<Result>,
): Promise<Result> {
  if (!isPacked) {
    const result = await work({ file, bytes, unpacked: undefined });
    await confirmHeader(file, header.bytes);
    if ((await file.stat()).size !== bytes) throw writtenMeanwhile();
    return result;
  }
  const unpacked = await unpack(file, bytes, path, onPart);
  const text = await openToRead(path);
  try {
    await confirmHeader(text, header.bytes);
    return await work({ file: text, bytes: unpacked.textBytes, unpacked });
  } finally {
    await text.close();
  }
}

async function confirmHeader(text: FileHandle, header: Buffer): Promise<void> {
  const now = await readFully(text, 0, header.length);
  if (!now.equals(header)) throw writtenMeanwhile();
}

function writtenMeanwhile(): FileError {
  return new FileError({
    code: 'file_changed',
    message:
      'file_changed: the file was written while it was read. Start it again once it is whole.',
  });
}
