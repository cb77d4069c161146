/** Signs that a text was written in one way and read in another before it came here, or is now. */
import { isAscii, isUtf8 } from 'node:buffer';
import { toWindows1252 } from '../csv/encoding.js';

/**
 *   mojibake               UTF-8 that was read as Windows-1252: its bytes in that encoding are UTF-8 again
 *   replacement_character  U+FFFD, which a decoder leaves where it understood nothing
 *   backslash_escape       \\ for a backslash, or one before what ended the cell: another program's way of quoting
 */
export function damageOf(
  text: string,
): 'mojibake' | 'replacement_character' | 'backslash_escape' | undefined {
  if (ESCAPED.test(text)) return 'backslash_escape';
  if (text.includes('\ufffd')) return 'replacement_character';
  const bytes = toWindows1252(text);
  return bytes && !isAscii(bytes) && isUtf8(bytes) ? 'mojibake' : undefined;
}

const ESCAPED = /\\\\|\\$/;
