import { describe, expect, it } from 'vitest';
import { isTooHigh } from '../../../src/flow-control/failure-rate.js';

describe('the share of rows that fail', () => {
  it.each([
    [{ processed: 0, failed: 0 }, 0],
    [{ processed: 49, failed: 49 }, 0],
    [{ processed: 49, failed: 49 }, 0.2],
  ])('is not judged before there are 50 rows: %j', (count, rate) => {
    expect(isTooHigh(count, rate)).toBe(false);
  });

  it.each([
    [{ processed: 50, failed: 10 }, 0.2, false],
    [{ processed: 50, failed: 11 }, 0.2, true],
    [{ processed: 1000, failed: 200 }, 0.2, false],
    [{ processed: 1000, failed: 201 }, 0.2, true],
    [{ processed: 50, failed: 0 }, 0, false],
    [{ processed: 50, failed: 1 }, 0, true],
    [{ processed: 50, failed: 50 }, 1, false],
    [{ processed: 50, failed: 50 }, 0.999, true],
  ])('%j is too high above a rate of %s: %s', (count, rate, tooHigh) => {
    expect(isTooHigh(count, rate)).toBe(tooHigh);
  });
});
