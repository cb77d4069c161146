import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  beatAlone,
  beatInTurns,
  HEARTBEAT_MS,
  SHORT_HEARTBEAT_MS,
} from '../../../activities/heartbeats.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many attempts at one run, and when each has sent its heartbeats. */
function atWork(many: number, shared = 'run-1') {
  return Array.from({ length: many }, () => {
    const sent: number[] = [];
    return { sent, ...beatInTurns(shared, () => void sent.push(Date.now())) };
  });
}

const stopAll = (attempts: { stop: () => void }[]) => attempts.forEach(({ stop }) => stop());

describe('the heartbeats of an attempt', () => {
  it('come every five seconds, until they are stopped', () => {
    const beat = vi.fn();
    const { stop, heard } = beatAlone(beat);
    vi.advanceTimersByTime(3 * HEARTBEAT_MS);
    heard();
    expect(beat).toHaveBeenCalledTimes(3);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the heartbeats of attempts that take turns', () => {
  it('come as often as a pause is to be heard where one is alone', () => {
    const [one, other] = [atWork(1, 'run-1'), atWork(1, 'run-2')];
    vi.advanceTimersByTime(4 * SHORT_HEARTBEAT_MS);
    expect([one[0]!.sent.length, other[0]!.sent.length]).toEqual([4, 4]);
    stopAll([...one, ...other]);
  });

  it.each([2, 3, 4, 5, 20, 37])(
    'come at least every five seconds from each of %i, from one at each turn, and no more than that takes',
    (many) => {
      const attempts = atWork(many);
      const until = 200 * SHORT_HEARTBEAT_MS;
      vi.advanceTimersByTime(until);
      for (const { sent } of attempts) {
        const gaps = [...sent, until].map((at, i) => at - (sent[i - 1] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(HEARTBEAT_MS);
      }
      const all = attempts.flatMap(({ sent }) => sent);
      expect(new Set(all).size).toBe(200);
      expect(all.length).toBe(200 * Math.ceil(many / 3));
      stopAll(attempts);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('come from all at once, and in the next turns, where one has heard something', () => {
    const attempts = atWork(8);
    vi.advanceTimersByTime(SHORT_HEARTBEAT_MS);
    const before = attempts.map(({ sent }) => sent.length);
    attempts[5]!.heard();
    attempts[5]!.stop();
    const since = () => attempts.map(({ sent }, i) => sent.length - before[i]!);
    expect(since()).toEqual(Array(8).fill(1));
    vi.advanceTimersByTime(2 * SHORT_HEARTBEAT_MS);
    expect(since()).toEqual([3, 3, 3, 3, 3, 1, 3, 3]);
    vi.advanceTimersByTime(11 * SHORT_HEARTBEAT_MS);
    expect(Math.max(...since())).toBeLessThan(10);
    stopAll(attempts);
  });

  it('go on in turns where one ends or comes', () => {
    const attempts = atWork(3);
    vi.advanceTimersByTime(SHORT_HEARTBEAT_MS);
    attempts[1]!.stop();
    attempts.push(...atWork(1));
    vi.advanceTimersByTime(3 * SHORT_HEARTBEAT_MS);
    expect(attempts.map(({ sent }) => sent.length)).toEqual([2, 0, 1, 1]);
    stopAll(attempts);
    expect(vi.getTimerCount()).toBe(0);
  });
});
