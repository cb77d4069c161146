import bcrypt from 'bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASHES_AT_ONCE, loadBcrypt, SALT_BYTES } from '../../../../src/passwords/bcrypt/bcrypt.js';
import { fractionOfPi } from '../../../../src/passwords/bcrypt/pi.js';
import { bcryptBase64 } from '../../../../src/passwords/base64.js';

const { hash } = loadBcrypt(new URL('../../../../dist/bcrypt.wasm', import.meta.url));

/** By the library that wraps OpenBSD's code. */
function reference(password: string, salt: Uint8Array, cost: number): string {
  return bcrypt.hashSync(password, `$2b$${String(cost).padStart(2, '0')}$${bcryptBase64(salt)}`);
}

const salt = fc.uint8Array({ minLength: SALT_BYTES, maxLength: SALT_BYTES });
const password = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 24 }),
  // Around 72 bytes, where bcrypt stops to read.
  fc.string({ unit: 'grapheme-ascii', minLength: 68, maxLength: 76 }),
);
const lanes = fc.array(fc.tuple(password, salt), { minLength: 1, maxLength: HASHES_AT_ONCE });

describe('bcrypt', () => {
  it('makes the hashes that the reference makes, of any passwords and salts, whichever are hashed together', () => {
    fc.assert(
      fc.property(lanes, (together) => {
        const passwords = together.map(([one]) => one);
        const salts = together.map(([, one]) => one);
        const expected = passwords.map((one, i) => reference(one, salts[i]!, 4));
        expect(hash(passwords, salts, 4)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it.each([4, 5, 6, 8, 10, 12])('makes them at cost %i', (cost) => {
    const passwords = ['', 'correct horse battery staple', 'pässwörd 🔑', 'x'.repeat(72)];
    const salts = passwords.map((_, i) => Buffer.alloc(SALT_BYTES, i * 77));
    const expected = passwords.map((one, i) => reference(one, salts[i]!, cost));
    expect(hash(passwords, salts, cost)).toEqual(expected);
  });

  it('begins with the numbers that Blowfish is published with', () => {
    const words = fractionOfPi(18 + 4 * 256);
    const hex = (from: number, to?: number): string[] =>
      Array.from(words.slice(from, to), (word) => word.toString(16).padStart(8, '0'));
    // The first subkeys, the first of S-box 1, the last of S-box 4.
    expect(hex(0, 4)).toEqual(['243f6a88', '85a308d3', '13198a2e', '03707344']);
    expect(hex(18, 20)).toEqual(['d1310ba6', '98dfb5ac']);
    expect(hex(-2)).toEqual(['578fdfe3', '3ac372e6']);
  });
});
