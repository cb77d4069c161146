import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../../../src/identity/instant.js';

describe('a point of time', () => {
  it.each([
    ['2030-01-01 10:00:00+00', '2030-01-01T10:00:00Z'],
    ['2030-01-01T10:00:00.123456Z', '2030-01-01T10:00:00.123Z'],
    ['9999-12-31 23:59:59.9999999 +00:00', '9999-12-31T23:59:59.999Z'],
    ['2030-01-01 10:00:00.5+05:30', '2030-01-01T04:30:00.500Z'],
    ['2030-01-01 10:00-0800', '2030-01-01T18:00:00Z'],
    ['2030-01-01 10:00:00 UTC', '2030-01-01T10:00:00Z'],
    ['2030-01-01', '2030-01-01T00:00:00Z'],
  ])('is read as databases write it: %s', (text, at) => {
    expect(instantOf(text)).toBe(Date.parse(at));
  });

  it('may be never', () => {
    expect(instantOf('infinity')).toBe(Infinity);
  });

  it.each(['', 'true', '1', '01/31/2030', '2030-02-31 10', '2030-13-01', '1700000000000', 'NULL'])(
    'is not %j',
    (text) => {
      expect(instantOf(text)).toBeUndefined();
    },
  );

  it('is the same whatever its zone', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-02'), max: new Date('2999-01-01'), noInvalidDate: true }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (date, minutes) => {
          const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
          const sign = minutes < 0 ? '-' : '+';
          const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
          const zone = `${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
          expect(instantOf(local + zone)).toBe(date.getTime());
        },
      ),
    );
  });
});
