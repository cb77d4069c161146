import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../../../src/contract/import/outcomes.js';
import { combineAttempts, noRows, rejectedIn } from '../../../src/report/attempts.js';

const anyRows = fc
  .record({
    created: fc.nat(1000),
    updated: fc.nat(1000),
    skipped: fc.nat(1000),
    failed: fc.nat(1000),
    invalid: fc.nat(1000),
    unprocessed: fc.nat(1000),
  })
  .map((counts) => {
    const rows = { ...noRows(), ...counts };
    return { ...rows, total: OUTCOMES.reduce((sum, outcome) => sum + rows[outcome], 0) };
  });

const rowsOf = (counts: Partial<ReturnType<typeof noRows>>) => ({ ...noRows(), ...counts });

describe('several attempts', () => {
  it('add up to the rows of the first file and the added rows, whatever their outcomes are', () => {
    fc.assert(
      fc.property(fc.array(anyRows, { minLength: 1, maxLength: 6 }), (attempts) => {
        const combined = combineAttempts(attempts);
        const { total, added, dropped } = combined;
        expect(total).toBe(attempts[0]!.total + added);
        const counted = OUTCOMES.reduce((sum, outcome) => sum + combined[outcome], 0);
        expect(counted + dropped).toBe(total);
        expect(rejectedIn(combined)).toBe(rejectedIn(attempts.at(-1)!));
        for (const outcome of OUTCOMES) expect(combined[outcome]).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('count a rejected row under its outcome in the next attempt', () => {
    const combined = combineAttempts([
      rowsOf({ total: 10, created: 6, failed: 1, invalid: 3 }),
      rowsOf({ total: 4, created: 2, invalid: 2 }),
      rowsOf({ total: 2, created: 1, skipped: 1 }),
    ]);
    expect(combined).toEqual({
      ...rowsOf({ total: 10, created: 9, skipped: 1 }),
      ...{ dropped: 0, added: 0 },
    });
  });

  it('count rejected rows that were left out, and rows that were added', () => {
    const first = rowsOf({ total: 10, created: 6, invalid: 4 });
    expect(combineAttempts([first, rowsOf({ total: 3, created: 3 })])).toMatchObject({
      ...{ total: 10, created: 9, dropped: 1, added: 0 },
    });
    expect(combineAttempts([first, rowsOf({ total: 6, created: 6 })])).toMatchObject({
      ...{ total: 12, created: 12, dropped: 0, added: 2 },
    });
  });
});
