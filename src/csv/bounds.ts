import { MAX_COLUMNS } from '../contract/import/csv-settings.js';

/**
 * How large the parts of a file may be. Whatever is done with a cell, a row or a header costs no more than these allow,
 * however the file was made; a spreadsheet's cell holds 32,767 characters.
 */
export const BOUNDS = {
  /** Columns of the header. */
  columns: MAX_COLUMNS,
  cellBytes: 32 * 1024,
  rowBytes: 256 * 1024,
  /** A longer record is a quote that was never closed, not a user: it has no row that could be refused by itself. */
  recordBytes: 1024 * 1024,
  /** A chunk has fewer rows than it might where they are longer than this together. */
  chunkBytes: 1024 * 1024,
  /** What a gzip file may unpack to, and how many times its own size: users pack to a fifth or a tenth. */
  unpackedBytes: 16 * 1024 ** 3,
  unpackedTimes: 200,
} as const;

/** Whether a text has more bytes in UTF-8, counted only where its length leaves it open. */
export function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
