import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapAhead } from '../../../src/store/map-ahead.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('reading ahead', () => {
  it('gives the results in the order of the items, however long each takes', async () => {
    const slow = async (i: number) => {
      for (let turn = 0; turn < (i * 7) % 5; turn += 1) await tick();
      return i * 10;
    };
    expect(await collected(mapAhead(numbers(20), slow, 4))).toEqual(numbers(20).map((i) => i * 10));
    expect(await collected(mapAhead([], slow))).toEqual([]);
  });

  it('has so many under way as it was told, and no more', async () => {
    let atOnce = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++atOnce);
      await tick();
      atOnce -= 1;
    };
    await collected(mapAhead(numbers(20), work, 4));
    expect(most).toBe(4);
  });

  it('throws a failure when its turn comes, after the results before it', async () => {
    const seen: number[] = [];
    const failing = (i: number) => (i === 3 ? Promise.reject(new Error('three')) : tick(i));
    const reading = async () => {
      for await (const i of mapAhead(numbers(20), failing, 8)) seen.push(i);
    };
    await expect(reading()).rejects.toThrow('three');
    expect(seen).toEqual([0, 1, 2]);
  });

  it('ends once nothing is under way any more, also when its caller does not read on', async () => {
    let underWay = 0;
    const work = async (i: number) => {
      underWay += 1;
      await tick();
      underWay -= 1;
      return i;
    };
    for await (const i of mapAhead(numbers(20), work, 4)) if (i === 2) break;
    expect(underWay).toBe(0);
  });
});
