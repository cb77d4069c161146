import { FileError } from '../csv/file-error.js';
import { readFully, type ByteSource } from '../csv/byte-source.js';
import type { Source } from '../store/import-root.js';
import { unpack, type TextPlace, type Unpacked } from '../store/packed-source.js';
import { VersionChanged } from '../store/store.js';
import type { PreflightResult } from './preflight.js';

/** The bytes in which the rows are. */
export interface Rows {
  file: ByteSource;
  bytes: number;
  unpacked: Unpacked | undefined;
}

/**
 * Opens the rows for a while: those of a packed file are unpacked to a place of their own, and stay there. Whoever writes
 * the file meanwhile may have changed its header, which was read before, or not be done.
 * @param onPart called now and then while it is unpacked
 * @throws FileError `invalid_gzip`, `file_changed`
 */
export async function withRows<Result>(
  prepared: PreflightResult,
  place: TextPlace,
  onPart: () => void,
  work: (rows: Rows) => Promise<Result>,
): Promise<Result> {
  try {
    return await (prepared.isPacked
      ? withText(prepared, place, onPart, work)
      : withFile(prepared, work));
  } catch (error) {
    throw error instanceof VersionChanged ? writtenMeanwhile() : error;
  }
}

async function withFile<Result>(
  { file, bytes, header }: PreflightResult,
  work: (rows: Rows) => Promise<Result>,
): Promise<Result> {
  const result = await work({ file, bytes, unpacked: undefined });
  await confirmHeader(file, header.bytes);
  if ((await file.bytesNow()) !== bytes) throw writtenMeanwhile();
  return result;
}

async function withText<Result>(
  { file, bytes, header }: PreflightResult,
  place: TextPlace,
  onPart: () => void,
  work: (rows: Rows) => Promise<Result>,
): Promise<Result> {
  const unpacked = await unpack(file, bytes, place, onPart);
  const text = await place.open();
  if (!text) throw writtenMeanwhile();
  try {
    await confirmHeader(text, header.bytes);
    return await work({ file: text, bytes: unpacked.textBytes, unpacked });
  } finally {
    await text.close();
  }
}

async function confirmHeader(text: Source, header: Buffer): Promise<void> {
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
