import type { Encoding, Separator } from '../contract/dialect.js';

/** How the bytes of records become cells. The plan keeps it: a chunk is read as the file was validated. */
export interface Dialect {
  encoding: Encoding;
  separator: Separator;
  /** Whether one apostrophe at the beginning of a cell is left out. */
  removesApostrophes: boolean;
  /** Whether a backslash before a separator makes it part of the cell. */
  escapes?: boolean;
}

/** As this program itself writes, with the separator of the file that its rows come from. */
export function writtenHere(separator: Separator = ','): Dialect {
  return { encoding: 'utf-8', separator, removesApostrophes: false };
}
