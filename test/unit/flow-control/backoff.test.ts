import { describe, expect, it } from 'vitest';
import { exponentialBackoff, withJitter } from '../../../src/flow-control/backoff.js';

describe('a pause after failures', () => {
  it('doubles from try to try, up to the longest', () => {
    const backoff = { firstMs: 500, longestMs: 3000 };
    const pauses = [1, 2, 3, 4, 5, 2000].map((tries) => exponentialBackoff(backoff, tries));
    expect(pauses).toEqual([500, 1000, 2000, 3000, 3000, 3000]);
  });

  it('keeps at least half of itself when chance shortens it', () => {
    const pauses = Array.from({ length: 200 }, () => withJitter(1000));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1000);
    expect(new Set(pauses).size).toBeGreaterThan(100);
  });
});
