import crypto from 'node:crypto';
import bcrypt from 'bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordHashProblem } from '../../../src/passwords/hash-formats.js';
import { isPlaceholderHash, placeholderHash } from '../../../src/passwords/placeholder.js';
import { PASSWORD, realHashes } from './hash-examples.js';

describe('placeholderHash', () => {
  it('is a bcrypt hash that other implementations compare, and that no password matches', async () => {
    const hash = placeholderHash(4, crypto.randomBytes);
    expect(passwordHashProblem(hash)).toBeUndefined();
    expect(bcrypt.getRounds(hash)).toBe(4);
    expect(await bcrypt.compare(PASSWORD, hash)).toBe(false);
    expect(await bcrypt.compare('', hash)).toBe(false);
    expect(await bcrypt.compare(hash, hash)).toBe(false);
  });

  it('is well formed for any bytes and differs with them', () => {
    const length = fc.tuple(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 4, max: 15 }),
    );
    fc.assert(
      fc.property(length, ([random, cost]) => {
        const hash = placeholderHash(cost, () => random);
        expect(hash).toMatch(/^\$2a\$[01][0-9]\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$/);
        expect(passwordHashProblem(hash)).toBeUndefined();
        expect(fromBcryptBase64(hash.slice(7, 29))).toEqual(Buffer.from(random));
        expect(isPlaceholderHash(hash)).toBe(true);
      }),
    );
  });

  it('is recognized, and no other hash is taken for it', async () => {
    const hash = placeholderHash(4, crypto.randomBytes);
    expect(isPlaceholderHash(hash)).toBe(true);
    expect(isPlaceholderHash(hash.replace('$04$', '$12$'))).toBe(true);
    for (const other of [
      `${hash.slice(0, -5)}${hash.slice(-5) === '.....' ? '/////' : '.....'}`,
      `${hash}.`,
      hash.replace('$2a$', '$2b$'),
      await bcrypt.hash(PASSWORD, 4),
      await bcrypt.hash('', hash.slice(0, 29)),
      '',
      ...Object.values(realHashes()),
    ]) {
      expect(isPlaceholderHash(String(other))).toBe(false);
    }
  });

  it.each([3, 16, 10.5, NaN])('refuses a cost of %s', (cost) => {
    expect(() => placeholderHash(cost, crypto.randomBytes)).toThrow(RangeError);
  });

  it('refuses a source that returns too few bytes', () => {
    expect(() => placeholderHash(10, () => new Uint8Array(3))).toThrow(RangeError);
  });
});

/** Written apart from the code under test: bit by bit. */
function fromBcryptBase64(text: string): Buffer {
  const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const bits = Array.from(text, (c) => alphabet.indexOf(c).toString(2).padStart(6, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
