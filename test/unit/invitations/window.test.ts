import { describe, expect, it } from 'vitest';
import { isTimeZone, openingAt } from '../../../src/invitations/window.js';

const BERLIN = { from: '08:00', to: '18:00', timeZone: 'Europe/Berlin' };

/** The opening that a moment lies in or comes before, as times in UTC. */
function opening(window: typeof BERLIN, now: string): [from: string, to: string] {
  const { opensAt, closesAt } = openingAt(window, Date.parse(now));
  return [new Date(opensAt).toISOString(), new Date(closesAt).toISOString()];
}

describe('the window in which mails go out', () => {
  it.each([
    ['before it opens', '2026-11-02T03:00:00Z'],
    ['when it opens', '2026-11-02T07:00:00Z'],
    ['while it is open', '2026-11-02T12:00:00Z'],
    ['after it has closed the day before', '2026-11-01T17:00:00Z'],
    ['a moment before it closes', '2026-11-02T16:59:59.999Z'],
  ])('is the same %s', (_when, now) => {
    expect(opening(BERLIN, now)).toEqual(['2026-11-02T07:00:00.000Z', '2026-11-02T17:00:00.000Z']);
  });

  it('is the next day once it has closed', () => {
    expect(opening(BERLIN, '2026-11-02T17:00:00Z')).toEqual([
      '2026-11-03T07:00:00.000Z',
      '2026-11-03T17:00:00.000Z',
    ]);
  });

  it('goes over midnight when it ends before it begins', () => {
    const night = { ...BERLIN, from: '22:00', to: '06:00' };
    const expected = ['2026-11-02T21:00:00.000Z', '2026-11-03T05:00:00.000Z'];
    for (const now of ['2026-11-02T12:00:00Z', '2026-11-02T23:30:00Z', '2026-11-03T04:59:00Z']) {
      expect(opening(night, now)).toEqual(expected);
    }
    expect(opening(night, '2026-11-03T05:00:00Z')[0]).toBe('2026-11-03T21:00:00.000Z');
  });

  it('opens at the same time of day on both sides of a change to daylight saving', () => {
    // Berlin: clocks forward on 29 March 2026, back on 25 October 2026.
    expect(opening(BERLIN, '2026-03-28T00:00:00Z')[0]).toBe('2026-03-28T07:00:00.000Z');
    expect(opening(BERLIN, '2026-03-28T20:00:00Z')[0]).toBe('2026-03-29T06:00:00.000Z');
    expect(opening(BERLIN, '2026-10-24T00:00:00Z')[0]).toBe('2026-10-24T06:00:00.000Z');
    expect(opening(BERLIN, '2026-10-24T20:00:00Z')[0]).toBe('2026-10-25T07:00:00.000Z');
  });

  it('is an hour shorter or longer when the clocks change while it is open', () => {
    const night = { ...BERLIN, from: '22:00', to: '06:00' };
    expect(opening(night, '2026-03-28T22:00:00Z')).toEqual([
      '2026-03-28T21:00:00.000Z',
      '2026-03-29T04:00:00.000Z',
    ]);
    expect(opening(night, '2026-10-24T22:00:00Z')).toEqual([
      '2026-10-24T20:00:00.000Z',
      '2026-10-25T05:00:00.000Z',
    ]);
  });

  it('takes a time that the clocks jump over as much later, and the first of one that comes twice', () => {
    const early = { ...BERLIN, from: '02:30', to: '08:00' };
    expect(opening(early, '2026-03-29T00:00:00Z')[0]).toBe('2026-03-29T01:30:00.000Z'); // 03:30
    expect(opening(early, '2026-10-24T22:00:00Z')[0]).toBe('2026-10-25T00:30:00.000Z');
    const late = { ...BERLIN, from: '20:00', to: '02:30' };
    expect(opening(late, '2026-10-24T22:00:00Z')[1]).toBe('2026-10-25T00:30:00.000Z');
  });

  it('knows zones that change at midnight, by half an hour, or not at all', () => {
    // Santiago: at midnight of 6 September 2026 it is 01:00.
    const santiago = { from: '00:00', to: '06:00', timeZone: 'America/Santiago' };
    expect(opening(santiago, '2026-09-06T03:59:00Z')).toEqual([
      '2026-09-06T04:00:00.000Z',
      '2026-09-06T09:00:00.000Z',
    ]);
    const lordHowe = { from: '08:00', to: '09:00', timeZone: 'Australia/Lord_Howe' };
    expect(opening(lordHowe, '2026-10-03T00:00:00Z')[0]).toBe('2026-10-03T21:00:00.000Z');
    const utc = { from: '00:00', to: '12:00', timeZone: 'UTC' };
    expect(opening(utc, '2026-11-02T13:00:00Z')[0]).toBe('2026-11-03T00:00:00.000Z');
  });

  it('is always open or ahead, and never further ahead than a day and an hour', () => {
    const times = ['00:00', '02:00', '02:30', '03:00', '12:00', '23:59'];
    for (const from of times) {
      for (const to of times.filter((time) => time !== from)) {
        for (let now = Date.UTC(2026, 9, 23); now < Date.UTC(2026, 9, 28); now += 9_999_991) {
          const { opensAt, closesAt } = openingAt({ ...BERLIN, from, to }, now);
          expect(closesAt).toBeGreaterThan(now);
          expect(closesAt).toBeGreaterThan(opensAt);
          expect(opensAt - now).toBeLessThanOrEqual(25 * 3_600_000);
        }
      }
    }
  });

  it('knows which time zones exist', () => {
    expect(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'].every(isTimeZone)).toBe(true);
    expect(['Europe/Atlantis', 'local', ''].some(isTimeZone)).toBe(false);
  });
});
