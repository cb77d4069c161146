import bcrypt from 'bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bcryptBase64 } from '../../../../src/passwords/base64.js';
import {
  createBcrypt,
  HASHES_AT_ONCE,
  loadProgram,
  SALT_BYTES,
} from '../../../../src/passwords/bcrypt/bcrypt.js';

const { hash } = createBcrypt(
  loadProgram(new URL('../../../../dist/bcrypt.wasm', import.meta.url)),
);

const salt = fc.uint8Array({ minLength: SALT_BYTES, maxLength: SALT_BYTES });
const password = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 24 }),
  // Around 72 bytes, where bcrypt stops to read.
  fc.string({ unit: 'grapheme-ascii', minLength: 68, maxLength: 76 }),
  // Many bytes a character, cut in the middle of one.
  fc.string({ unit: 'grapheme-composite', minLength: 15, maxLength: 40 }),
  fc.constantFrom('', '\0', 'a\0', '\0a'),
);
/** The same password may be there twice, and the same salt. */
const lanes = fc.array(fc.tuple(password, salt), { minLength: 1, maxLength: HASHES_AT_ONCE });
const cost = fc.integer({ min: 4, max: 5 });

describe('bcrypt', () => {
  it('makes the hashes that the reference makes, of any passwords and salts, whichever are hashed together', () => {
    fc.assert(
      fc.property(lanes, cost, (together, rounds) => {
        const passwords = together.map(([one]) => one);
        const salts = together.map(([, one]) => one);
        const settings = salts.map((one) => `$2b$0${rounds}$${bcryptBase64(one)}`);
        // By the library that wraps OpenBSD's code.
        const expected = passwords.map((one, i) => bcrypt.hashSync(one, settings[i]!));
        expect(hash(passwords, salts, rounds)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
