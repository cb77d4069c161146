import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstInvalidByte } from '../../../src/csv/encoding.js';

/** The same, found with Node's decoder for each length that a character may have. */
function byTrying(bytes: Buffer): number | undefined {
  let at = 0;
  while (at < bytes.length) {
    const length = [1, 2, 3, 4].find((n) =>
      isUtf8(bytes.subarray(at, Math.min(at + n, bytes.length))),
    );
    if (length === undefined) return at;
    at += length;
  }
  return undefined;
}

describe('the first byte that is not UTF-8', () => {
  it.each<[what: string, bytes: number[], at: number | undefined]>([
    ['nothing', [0x61, 0xc3, 0xa9, 0xe6, 0xbc, 0xa2, 0xf0, 0x9f, 0x98, 0x80], undefined],
    ['a lone continuation byte', [0x61, 0x80], 1],
    ['Latin-1', [0x4d, 0xfc, 0x6c], 1],
    ['an overlong form of /', [0x61, 0xc0, 0xaf], 1],
    ['an overlong form of three bytes', [0xe0, 0x80, 0xaf], 0],
    ['a surrogate', [0x61, 0x62, 0xed, 0xa0, 0x80], 2],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0],
    ['a character that the end cuts off', [0x61, 0xe6, 0xbc], 1],
    ['a character that another begins in', [0xe6, 0xbc, 0x61], 0],
  ])('is where %s begins', (_what, bytes, at) => {
    expect(firstInvalidByte(Buffer.from(bytes), 'utf-8')).toBe(at);
  });

  it('is found in any bytes', () => {
    const byte = fc.oneof(fc.nat({ max: 0x7f }), fc.integer({ min: 0x80, max: 0xff }));
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 12 }),
        fc.string({ unit: 'binary' }),
        (bytes, text) => {
          const all = Buffer.concat([Buffer.from(text), Buffer.from(bytes)]);
          expect(firstInvalidByte(all, 'utf-8')).toBe(byTrying(all));
        },
      ),
      { numRuns: 500 },
    );
  });
});
