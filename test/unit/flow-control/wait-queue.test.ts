import { describe, expect, it } from 'vitest';
import { WaitQueue } from '../../../src/flow-control/wait-queue.js';

describe('those who wait', () => {
  it('are woken in the order in which they came', async () => {
    const queue = new WaitQueue();
    const { signal } = new AbortController();
    const woken: number[] = [];
    const all = [1, 2, 3].map((each) => queue.wait(signal).then(() => woken.push(each)));
    queue.wakeNext();
    queue.wakeAll();
    await Promise.all(all);
    expect(woken).toEqual([1, 2, 3]);
  });

  it('leave when their signal is aborted, with its reason', async () => {
    const queue = new WaitQueue();
    const control = new AbortController();
    const waiting = queue.wait(control.signal);
    control.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    expect(queue.size).toBe(0);
  });
});
