import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowProblem } from '../../../src/contract/codes.js';
import { externalIdClaim, oldIdClaim } from '../../../src/identity/identifiers.js';
import { FileAddresses } from '../../../src/validation/file-addresses.js';

const email = (n: number) => `user${n}@example.com`;

function addressesOf(count: number): FileAddresses {
  const addresses = new FileAddresses();
  for (let n = 0; n < count; n++) claim(addresses, email(n), n + 2);
  return addresses;
}

/** What a row is refused for that has this address. */
function claim(addresses: FileAddresses, address: string, line: number): RowProblem[] {
  const problems: RowProblem[] = [];
  addresses.claim([{ address, claims: [], problems }], () => line);
  return problems;
}

describe('the addresses of a file', () => {
  it('are on the line that has them first, whichever are in the sample', () => {
    const some = fc.array(fc.integer({ min: 0, max: 60 }).map(email), {
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(some, (all) => {
        const addresses = new FileAddresses();
        const first = new Map<string, number>();
        for (const [i, each] of all.entries()) {
          const earlier = first.get(each);
          expect(claim(addresses, each, i + 2)).toEqual(
            earlier === undefined
              ? []
              : [{ code: 'duplicate_email', reason: `line ${earlier} has the same address` }],
          );
          if (!first.has(each)) first.set(each, i + 2);
        }
        for (let n = 0; n <= 60; n++) expect(addresses.lineOf(email(n))).toBe(first.get(email(n)));
      }),
    );
  });
});

describe('what a row has for itself', () => {
  it('is found by its digest, or as it was claimed', () => {
    const addresses = addressesOf(3);
    const claims = [externalIdClaim('e-7'), oldIdClaim('7')];
    addresses.claim([{ address: email(3), claims, problems: [] }], () => 5);
    const digestOf = (address: string) => createHash('sha256').update(address).digest();
    expect(addresses.lineOfDigest(digestOf(email(1)))).toBe(3);
    expect(addresses.lineOfDigest(digestOf(email(1)).subarray(0, 16))).toBe(3);
    expect(addresses.lineOfDigest(digestOf('nobody@example.com'))).toBeUndefined();
    expect(new FileAddresses().lineOfDigest(digestOf(email(1)))).toBeUndefined();
    expect(claims.map(({ key }) => addresses.lineOfClaim(key))).toEqual([5, 5]);
    // An old id is no external id, though they read the same.
    expect(addresses.lineOfClaim(externalIdClaim('7').key)).toBeUndefined();
    expect(addresses.lineOfClaim(email(1))).toBeUndefined();
  });
});

describe('the sample', () => {
  it.each([0, 1, 19, 20])('is all of them where they are %i', (count) => {
    const all = Array.from({ length: count }, (_, n) => email(n));
    expect(addressesOf(count).sample).toEqual(all);
  });

  it.each([21, 1000])('is twenty different ones of %i', (count) => {
    const addresses = addressesOf(count);
    expect(new Set(addresses.sample).size).toBe(20);
    for (const each of addresses.sample) expect(addresses.lineOf(each)).toBeDefined();
  });

  it('has each address as often, at the start, in the middle and at the end', () => {
    const FILES = 500;
    const [ROWS, PARTS] = [400, 4];
    const counts = Array.from({ length: PARTS }, () => 0);
    for (let file = 0; file < FILES; file++) {
      for (const address of addressesOf(ROWS).sample) {
        const n = Number(/\d+/.exec(address)![0]);
        counts[Math.floor((n * PARTS) / ROWS)]!++;
      }
    }
    // 2,500 are expected of each, and 43 more or less are one standard deviation.
    for (const count of counts) {
      expect(count).toBeGreaterThan(2500 - 6 * 43);
      expect(count).toBeLessThan(2500 + 6 * 43);
    }
  });
});
