/** Signs that a text went through the wrong encoding before it came here. */
import { isUtf8 } from 'node:buffer';
import { toWindows1252 } from '../csv/encoding.js';

/**
 *   mojibake               UTF-8 that was read as Windows-1252: its bytes in that encoding are UTF-8 again
 *   replacement_character  U+FFFD, which a decoder leaves where it understood nothing
 */
export function damageOf(text: string): 'mojibake' | 'replacement_character' | undefined {
  if (!BEYOND_ASCII.test(text)) return undefined;
  if (text.includes('\ufffd')) return 'replacement_character';
  const bytes = toWindows1252(text);
  return bytes && isUtf8(bytes) ? 'mojibake' : undefined;
}

const BEYOND_ASCII = /[^\0-\x7f]/;
