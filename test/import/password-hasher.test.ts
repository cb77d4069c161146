import bcrypt from 'bcrypt';
import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../../src/import/password-hasher.js';

const goingOn = new AbortController().signal;

describe('hashing passwords', () => {
  it('gives hashes that the passwords match, at the cost that was set', async () => {
    const hash = createPasswordHasher(4);
    const passwords = Array.from({ length: 20 }, (_, i) => `password ${i}`);
    const hashes = await Promise.all(passwords.map((password) => hash(password, goingOn)));
    expect(new Set(hashes).size).toBe(20);
    for (const [i, made] of hashes.entries()) {
      expect(made).toMatch(/^\$2b\$04\$/);
      expect(await bcrypt.compare(passwords[i]!, made)).toBe(true);
    }
  });

  it('takes back what waits for its turn when the attempt is given up, and no other attempt’s', async () => {
    const hash = createPasswordHasher(8);
    const control = new AbortController();
    const given = Array.from({ length: 100 }, (_, i) => hash(`password ${i}`, control.signal));
    const other = hash('another', goingOn);
    control.abort(new Error('given up'));
    const results = await Promise.allSettled(given);
    // All but those that were being hashed already, one a thread.
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(30);
    expect(await bcrypt.compare('another', await other)).toBe(true);
  });
});
