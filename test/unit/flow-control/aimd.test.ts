import { describe, expect, it } from 'vitest';
import {
  currentLimit,
  increase,
  NO_LIMIT,
  decrease,
  type AimdLimit,
} from '../../../src/flow-control/aimd.js';

const NOW = Date.parse('2026-11-02T10:00:00Z');
const SECOND = 1000;

const increased = (limit: AimdLimit, concurrency: number, chunks: number): AimdLimit => {
  for (let i = 0; i < chunks; i++) limit = increase(limit, concurrency);
  return limit;
};

describe('the chunks in flight', () => {
  it('are as many as the operator wants while Kratos is not overloaded', () => {
    expect(currentLimit(NO_LIMIT, 5)).toBe(5);
    expect(currentLimit(increased(NO_LIMIT, 5, 10), 5)).toBe(5);
  });

  it('are halved each time that Kratos asks for less, and never none', () => {
    let limit: AimdLimit = NO_LIMIT;
    const allowed = [20, 10, 5, 2, 1, 1];
    for (const [i, expected] of allowed.entries()) {
      expect(currentLimit(limit, 20)).toBe(expected);
      limit = decrease(limit, 20, NOW + i * 10 * SECOND);
    }
  });

  it('are halved once when several of them report overload at the same time', () => {
    const once = decrease(NO_LIMIT, 20, NOW);
    const again = decrease(once, 20, NOW + 2999);
    expect(currentLimit(again, 20)).toBe(10);
    expect(currentLimit(decrease(again, 20, NOW + 3000), 20)).toBe(5);
  });

  it('increase one by one, and the count begins anew when Kratos asks for less again', () => {
    const halved = decrease(NO_LIMIT, 8, NOW);
    expect(currentLimit(halved, 8)).toBe(4);
    expect(currentLimit(increased(halved, 8, 3), 8)).toBe(4);
    expect(currentLimit(increased(halved, 8, 4), 8)).toBe(5);
    const disturbed = decrease(increased(halved, 8, 3), 8, NOW + SECOND);
    expect(currentLimit(increased(disturbed, 8, 3), 8)).toBe(4);
    expect(currentLimit(increased(disturbed, 8, 4), 8)).toBe(5);
  });

  it('are increased on trial within 64 chunks, however often Kratos has asked for less', () => {
    let limit: AimdLimit = NO_LIMIT;
    for (let i = 0; i < 30; i++) limit = decrease(limit, 8, NOW + i * 10 * SECOND);
    expect(currentLimit(increased(limit, 8, 63), 8)).toBe(1);
    expect(currentLimit(increased(limit, 8, 64), 8)).toBe(2);
  });

  it('have no limit any more once they have held the operator’s setting for a while', () => {
    const back = increased(decrease(NO_LIMIT, 4, NOW), 4, 4 + 4);
    expect(currentLimit(back, 4)).toBe(4);
    expect(increased(back, 4, 4)).toEqual(NO_LIMIT);
  });

  it('follow the operator’s setting at once, upwards only as far as Kratos lets them', () => {
    const halved = decrease(NO_LIMIT, 20, NOW);
    expect(currentLimit(halved, 3)).toBe(3);
    expect(currentLimit(halved, 50)).toBe(10);
    expect(currentLimit(decrease(halved, 3, NOW + 10 * SECOND), 20)).toBe(1);
  });

  it('are remembered as plain JSON, which is carried through continue-as-new', () => {
    const limits = [NO_LIMIT, decrease(NO_LIMIT, 8, NOW), increase(decrease(NO_LIMIT, 8, NOW), 8)];
    for (const limit of limits) {
      const carried = JSON.parse(JSON.stringify(limit)) as AimdLimit;
      expect(carried).toEqual(limit);
      expect(increase(carried, 8).limit).toBe(increase(limit, 8).limit);
    }
  });
});
