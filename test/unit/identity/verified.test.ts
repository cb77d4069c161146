import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVerified } from '../../../src/identity/verified.js';

describe('a cell that says whether an address was verified', () => {
  it.each(['true', 'TRUE', 't', 'yes', 'Y', '1', 'on'])('%s: it was', (cell) => {
    expect(readVerified(cell)).toBe(true);
  });

  it.each(['false', 'False', 'f', 'no', 'N', '0', 'off', '0000-00-00', '0000-00-00 00:00:00'])(
    '%s: it was not',
    (cell) => {
      expect(readVerified(cell)).toBe(false);
    },
  );

  it.each([
    '2024-02-29',
    '2024-02-29 10:00',
    '2024-02-29 10:00:00+00',
    '2024-02-29 10:00:00.123456+00:00',
    '2024-02-29T10:00:00Z',
    '2024-02-29 10:00:00 UTC',
    '1700000000',
    '1700000000123',
  ])('%s: it was, at that time', (cell) => {
    expect(readVerified(cell)).toBe(true);
  });

  it('any time that JavaScript writes is one', () => {
    const time = fc.date({
      min: new Date('1971-01-01'),
      max: new Date('9999-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, (date) => {
        expect(readVerified(date.toISOString())).toBe(true);
        expect(readVerified(date.toISOString().slice(0, 10))).toBe(true);
      }),
    );
  });

  it.each(['NULL', 'verified?', '2', '2024', '2024-13-01', '01/02/2024', '12', '-1', 'tru'])(
    '%s says neither',
    (cell) => {
      expect(readVerified(cell)).toBeUndefined();
    },
  );

  it('nothing is made of other texts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[g-mo-su-xz!@#%]{2,20}$/), (cell) => {
        fc.pre(!['no', 'on'].includes(cell));
        expect(readVerified(cell)).toBeUndefined();
      }),
    );
  });
});
