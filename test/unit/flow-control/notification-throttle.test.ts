import { describe, expect, test } from 'vitest';
import { NotificationThrottle } from '../../../src/flow-control/notification-throttle.js';

const INTERVAL = { first: 1000, longest: 8000 };

/** The times at which the notification passes, of those at which it comes. */
function passed(throttle: NotificationThrottle, times: number[], what = 'something'): number[] {
  return times.filter((now) => throttle.shouldNotify(what, INTERVAL, now));
}

const everySecond = (seconds: number, from = 0): number[] =>
  Array.from({ length: seconds }, (_, i) => from + i * 1000);

describe('a notification that repeats', () => {
  test('passes at once, then after intervals that double up to the longest', () => {
    expect(passed(new NotificationThrottle(), everySecond(40)).map((at) => at / 1000)).toEqual([
      0, 1, 3, 7, 15, 23, 31, 39,
    ]);
  });

  test('passes again at once when it has not come for some minutes', () => {
    const throttle = new NotificationThrottle();
    passed(throttle, everySecond(40));
    expect(passed(throttle, everySecond(3, 300_000))).toEqual([300_000, 301_000]);
  });

  test('holds back no other notification', () => {
    const throttle = new NotificationThrottle();
    expect(passed(throttle, [0, 1])).toEqual([0]);
    expect(passed(throttle, [1], 'something else')).toEqual([1]);
  });
});
