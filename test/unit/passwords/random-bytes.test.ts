import { expect, test } from 'vitest';
import { pooledRandomBytes } from '../../../src/passwords/random-bytes.js';

test('gives out no bytes twice, however many are asked for', () => {
  const given = Array.from({ length: 1000 }, () =>
    Buffer.from(pooledRandomBytes(16)).toString('hex'),
  );
  expect(new Set(given).size).toBe(1000);
  expect(given.every((text) => text.length === 32)).toBe(true);
});
