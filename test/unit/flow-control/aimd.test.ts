import { describe, expect, it } from 'vitest';
import {
  chunksAllowed,
  climb,
  NO_LIMIT,
  slowDown,
  type ChunkLimit,
} from '../../../src/flow-control/aimd.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');
const SECOND = 1000;

const climbed = (limit: ChunkLimit, concurrency: number, chunks: number): ChunkLimit => {
  for (let i = 0; i < chunks; i++) limit = climb(limit, concurrency);
  return limit;
};

describe('the chunks in flight', () => {
  it('are as many as the operator wants while nobody asks for less', () => {
    expect(chunksAllowed(NO_LIMIT, 5)).toBe(5);
    expect(chunksAllowed(climbed(NO_LIMIT, 5, 10), 5)).toBe(5);
  });

  it('are halved each time that Kratos asks for less, and never none', () => {
    let limit: ChunkLimit = NO_LIMIT;
    const allowed = [20, 10, 5, 2, 1, 1];
    for (const [i, expected] of allowed.entries()) {
      expect(chunksAllowed(limit, 20)).toBe(expected);
      limit = slowDown(limit, 20, NOW + i * 10 * SECOND);
    }
  });

  it('are halved once for what several of them are told at the same time', () => {
    const once = slowDown(NO_LIMIT, 20, NOW);
    const again = slowDown(once, 20, NOW + 2999);
    expect(chunksAllowed(again, 20)).toBe(10);
    expect(chunksAllowed(slowDown(again, 20, NOW + 3000), 20)).toBe(5);
  });

  it('climb back one by one, and the count begins anew when Kratos asks for less again', () => {
    const halved = slowDown(NO_LIMIT, 8, NOW);
    expect(chunksAllowed(halved, 8)).toBe(4);
    expect(chunksAllowed(climbed(halved, 8, 3), 8)).toBe(4);
    expect(chunksAllowed(climbed(halved, 8, 4), 8)).toBe(5);
    const disturbed = slowDown(climbed(halved, 8, 3), 8, NOW + SECOND);
    expect(chunksAllowed(climbed(disturbed, 8, 3), 8)).toBe(4);
    expect(chunksAllowed(climbed(disturbed, 8, 4), 8)).toBe(5);
  });

  it('are tried to be one more within 64 chunks, however often Kratos has asked for less', () => {
    let limit: ChunkLimit = NO_LIMIT;
    for (let i = 0; i < 30; i++) limit = slowDown(limit, 8, NOW + i * 10 * SECOND);
    expect(chunksAllowed(climbed(limit, 8, 63), 8)).toBe(1);
    expect(chunksAllowed(climbed(limit, 8, 64), 8)).toBe(2);
  });

  it('forget all of it when they keep up at the operator’s setting', () => {
    const back = climbed(slowDown(NO_LIMIT, 4, NOW), 4, 4 + 4);
    expect(chunksAllowed(back, 4)).toBe(4);
    expect(climbed(back, 4, 4)).toEqual(NO_LIMIT);
  });

  it('follow the operator’s setting at once, upwards only as far as Kratos lets them', () => {
    const halved = slowDown(NO_LIMIT, 20, NOW);
    expect(chunksAllowed(halved, 3)).toBe(3);
    expect(chunksAllowed(halved, 50)).toBe(10);
    expect(chunksAllowed(slowDown(halved, 3, NOW + 10 * SECOND), 20)).toBe(1);
  });

  it('are remembered as plain JSON, which is carried through continue-as-new', () => {
    const limits = [NO_LIMIT, slowDown(NO_LIMIT, 8, NOW), climb(slowDown(NO_LIMIT, 8, NOW), 8)];
    for (const limit of limits) {
      const carried = JSON.parse(JSON.stringify(limit)) as ChunkLimit;
      expect(carried).toEqual(limit);
      expect(climb(carried, 8).most).toBe(climb(limit, 8).most);
    }
  });
});
