/** Encodings: finding them by a byte order mark, decoding, and the first byte that does not belong to one. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Encoding } from '../contract/dialect.js';

const MARKS: readonly (readonly [Encoding, Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];
/** As many bytes are enough to know the longest of them. */
export const MARK_BYTES = 3;

/** The encoding whose byte order mark a file begins with. */
export function markOf(start: Buffer): { encoding: Encoding; bytes: number } | undefined {
  const found = MARKS.find(([, mark]) => start.subarray(0, mark.length).equals(mark));
  return found && { encoding: found[0], bytes: found[1].length };
}

/** UTF-16 without a mark: no text has a NUL, and a header is mostly ASCII. */
export function looksLikeUtf16(start: Buffer): Encoding | undefined {
  const [first, second] = start;
  if (first === undefined || second === undefined) return undefined;
  if (first !== 0 && second === 0) return 'utf-16le';
  return first === 0 && second !== 0 ? 'utf-16be' : undefined;
}

export const LF = 0x0a;

/** What a line end, a quote or a separator is made of: bytes, or pairs of them. */
export class Units {
  readonly width: 1 | 2;
  private readonly bigEndian: boolean;

  constructor(encoding: Encoding) {
    this.width = encoding === 'utf-16le' || encoding === 'utf-16be' ? 2 : 1;
    this.bigEndian = encoding === 'utf-16be';
  }

  /** The unit that begins at a byte. In none of these encodings is an ASCII unit part of another character. */
  at(bytes: Buffer, i: number): number {
    if (this.width === 1) return bytes[i]!;
    const [high, low] = this.bigEndian ? [i, i + 1] : [i + 1, i];
    return (bytes[high]! << 8) | bytes[low]!;
  }

  count(bytes: Buffer, unit: number): number {
    let count = 0;
    for (let i = 0; i + this.width <= bytes.length; i += this.width) {
      if (this.at(bytes, i) === unit) count++;
    }
    return count;
  }
}

/** What Windows-1252 has in the place of the controls from 0x80 to 0x9f; U+FFFD where it has nothing. */
const WINDOWS_1252 =
  '\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd' +
  '\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178';

/** The text of bytes that `firstInvalidByte` finds nothing in. */
export function decode(bytes: Buffer, encoding: Encoding): string {
  switch (encoding) {
    case 'utf-8':
      return bytes.toString('utf8');
    case 'utf-16le':
      return bytes.toString('utf16le');
    case 'utf-16be':
      return Buffer.from(bytes).swap16().toString('utf16le');
    case 'latin-1':
      return bytes.toString('latin1');
    case 'windows-1252':
      return bytes
        .toString('latin1')
        .replace(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]!);
  }
}

/** Whether bytes are ASCII in an encoding that has it as it is. */
export function isPlainAscii(bytes: Buffer, encoding: Encoding): boolean {
  return !encoding.startsWith('utf-16') && isAscii(bytes);
}

/** The position of the first byte that begins no character of the encoding; undefined when all do. */
export function firstInvalidByte(bytes: Buffer, encoding: Encoding): number | undefined {
  switch (encoding) {
    case 'utf-8':
      return isUtf8(bytes) ? undefined : firstOutsideUtf8(bytes);
    case 'latin-1':
      return undefined;
    case 'windows-1252': {
      const at = bytes.findIndex(
        (byte) => byte >= 0x80 && byte < 0xa0 && WINDOWS_1252[byte - 0x80] === '\ufffd',
      );
      return at < 0 ? undefined : at;
    }
    case 'utf-16le':
    case 'utf-16be':
      return firstOutsideUtf16(bytes, encoding);
  }
}

/** RFC 3629: no surrogates and no overlong forms. */
function firstOutsideUtf8(bytes: Buffer): number {
  let i = 0;
  while (i < bytes.length) {
    const length = characterLength(bytes[i]!);
    if (length === 0 || !isUtf8(bytes.subarray(i, i + length))) return i;
    i += length;
  }
  return i;
}

function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/** A surrogate without its other half, or half a unit at the end. */
function firstOutsideUtf16(bytes: Buffer, encoding: Encoding): number | undefined {
  const whole = bytes.length - (bytes.length % 2);
  const lone = /\p{Surrogate}/u.exec(decode(bytes.subarray(0, whole), encoding));
  if (lone) return lone.index * 2;
  return whole < bytes.length ? whole : undefined;
}
