import { describe, expect, test } from 'vitest';
import { NotificationThrottle } from '../../../src/flow-control/notification-throttle.js';

const QUIET = { first: 1000, longest: 8000 };

/** The times, of those at which it happens, at which it is told. */
function told(quietTimes: NotificationThrottle, times: number[], what = 'it'): number[] {
  return times.filter((now) => quietTimes.shouldNotify(what, QUIET, now));
}

const everySecond = (seconds: number, from = 0): number[] =>
  Array.from({ length: seconds }, (_, i) => from + i * 1000);

describe('what happens all the time', () => {
  test('is told at once, then after quiet times that double up to the longest', () => {
    expect(told(new NotificationThrottle(), everySecond(40)).map((at) => at / 1000)).toEqual([
      0, 1, 3, 7, 15, 23, 31, 39,
    ]);
  });

  test('is told anew when it had not happened for some minutes', () => {
    const quietTimes = new NotificationThrottle();
    told(quietTimes, everySecond(40));
    expect(told(quietTimes, everySecond(3, 300_000))).toEqual([300_000, 301_000]);
  });

  test('keeps nothing else from being told', () => {
    const quietTimes = new NotificationThrottle();
    expect(told(quietTimes, [0, 1])).toEqual([0]);
    expect(told(quietTimes, [1], 'something else')).toEqual([1]);
  });
});
