import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressIndex } from '../../../src/validation/address-index.js';

describe('AddressIndex', () => {
  it('answers as a Map of addresses to their first lines would', () => {
    const address = fc.integer({ min: 0, max: 2000 }).map((n) => `user${n}@example.com`);
    fc.assert(
      fc.property(fc.array(address, { maxLength: 3000, size: 'max' }), (addresses) => {
        const index = new AddressIndex();
        const map = new Map<string, number>();
        const claimed = addresses.map((each, i) => index.claim(each, i + 2));
        const expected = addresses.map((each, i) => {
          const first = map.get(each);
          if (first === undefined) map.set(each, i + 2);
          return first;
        });
        expect(claimed).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('finds the line of an address, and none for one that it does not have, as a Map would', () => {
    const address = fc.integer({ min: 0, max: 4000 }).map((n) => `user${n}@example.com`);
    const addresses = fc.array(address, { maxLength: 3000, size: 'max' });
    fc.assert(
      fc.property(addresses, addresses, (claimed, asked) => {
        const index = new AddressIndex();
        const map = new Map<string, number>();
        for (const [i, each] of claimed.entries()) {
          index.claim(each, i + 2);
          if (!map.has(each)) map.set(each, i + 2);
        }
        const both = [...asked, ...claimed];
        expect(both.map((each) => index.lineOf(each))).toEqual(both.map((each) => map.get(each)));
      }),
      { numRuns: 20 },
    );
  });

  it('adds no line when it is asked for an address', () => {
    const index = new AddressIndex();
    expect(index.lineOf('ann@example.com')).toBeUndefined();
    expect(index.claim('ann@example.com', 2 ** 32 - 1)).toBeUndefined();
    expect(index.lineOf('ann@example.com')).toBe(2 ** 32 - 1);
  });

  it('keeps lines up to the last that 32 bits can count', () => {
    const index = new AddressIndex();
    expect(index.claim('ann@example.com', 2 ** 32 - 1)).toBeUndefined();
    expect(index.claim('ann@example.com', 5)).toBe(2 ** 32 - 1);
  });

  it('takes no more than 20 MB for a guess that is far too high', () => {
    const index = new AddressIndex();
    index.expect(1e12);
    for (let i = 0; i < 10_000; i++) index.claim(`user${i}@example.com`, i + 1);
    expect(index.bytes).toBeLessThanOrEqual(20_000_000 + 256 * 16);
    expect(index.lineOf('user9999@example.com')).toBe(10_000);
  });

  it.each([
    ['none', undefined],
    ['a hundred thousand', 100_000],
    ['a million', 1_000_000],
  ])('takes at most 24 bytes an address when %s are expected', (_, expected) => {
    const index = new AddressIndex();
    if (expected !== undefined) index.expect(expected);
    let claimed = 0;
    for (const count of expected === 1_000_000 ? [1_000_000] : [100_000, 1_000_000]) {
      while (claimed < count) {
        if (index.claim(`user${claimed}@example.com`, ++claimed) !== undefined) {
          throw new Error('two different addresses were taken for one');
        }
      }
      expect(index.bytes / count).toBeLessThanOrEqual(24);
    }
    expect(index.claim('user0@example.com', 7)).toBe(1);
    expect(index.claim('user999999@example.com', 7)).toBe(1_000_000);
  });
});
