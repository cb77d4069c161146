import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdaptiveSemaphore } from '../../../src/flow-control/adaptive-semaphore.js';
import { INITIAL_LIMIT } from '../../../src/flow-control/adaptive-limit.js';

const AT_ONCE = INITIAL_LIMIT.limit;

class Refused extends Error {}

/** Lets the callbacks of settled promises run. */
const aMoment = () => new Promise((resolve) => setImmediate(resolve));

/** Writes that begin when the semaphore admits them and end when the test ends them. */
class Writes {
  readonly semaphore = new AdaptiveSemaphore();
  /** The numbers of the writes that have begun, in that order. */
  readonly begun: number[] = [];
  /** The result of each write: its number, or the error. */
  readonly results = new Map<number, unknown>();
  mostAtOnce = 0;
  private readonly open = new Map<number, { resolve: () => void; reject: (why: Error) => void }>();
  private readonly controls = new Map<number, AbortController>();

  send(n: number, control = new AbortController()): void {
    this.controls.set(n, control);
    const write = () =>
      new Promise<number>((resolve, reject) => {
        this.begun.push(n);
        this.open.set(n, { resolve: () => resolve(n), reject });
        this.mostAtOnce = Math.max(this.mostAtOnce, this.open.size);
      });
    this.semaphore.run(1, control.signal, write).then(
      (result) => this.results.set(n, result),
      (error: unknown) => this.results.set(n, error),
    );
  }

  giveUp(n: number, reason: Error): void {
    this.controls.get(n)?.abort(reason);
  }

  /** The numbers of the writes in flight. */
  get inFlight(): number[] {
    return [...this.open.keys()];
  }

  end(n: number, error?: Error): void {
    const write = this.open.get(n)!;
    this.open.delete(n);
    if (error) write.reject(error);
    else write.resolve();
  }

  async endAll(): Promise<void> {
    for (;;) {
      await aMoment();
      const [first] = this.inFlight;
      if (first === undefined) return;
      this.end(first);
    }
  }
}

// The limit is measured by this clock: while it does not move, the limit does not change.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-02T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

async function sent(count: number): Promise<Writes> {
  const writes = new Writes();
  for (let n = 0; n < count; n++) writes.send(n);
  await aMoment();
  return writes;
}

describe('the adaptive semaphore', () => {
  it('admits as many writes as the limit says, and the next when one has ended', async () => {
    const writes = await sent(4);
    expect(writes.inFlight).toEqual([0, 1]);
    writes.end(1);
    await aMoment();
    expect(writes.inFlight).toEqual([0, 2]);
    await writes.endAll();
    expect(writes.mostAtOnce).toBe(AT_ONCE);
    expect([...writes.results]).toEqual([1, 0, 2, 3].map((n) => [n, n]));
  });

  it('admits writes in the order in which they come', async () => {
    const writes = await sent(7);
    await writes.endAll();
    expect(writes.begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('admits a write at once when there is room', async () => {
    const writes = await sent(1);
    await writes.endAll();
    writes.send(1);
    writes.send(2);
    await aMoment();
    expect(writes.inFlight).toEqual([1, 2]);
  });

  it('has room again after a write that throws, and passes its error on', async () => {
    const writes = await sent(5);
    const error = new Refused();
    writes.end(0, error);
    writes.end(1, error);
    await aMoment();
    expect(writes.results.get(0)).toBe(error);
    expect(writes.results.get(1)).toBe(error);
    expect(writes.inFlight).toEqual([2, 3]);
  });

  it('has room again after a write that throws before it has begun to wait', async () => {
    const semaphore = new AdaptiveSemaphore();
    const { signal } = new AbortController();
    for (let i = 0; i <= AT_ONCE; i++) {
      const write = () => {
        throw new Refused();
      };
      await expect(semaphore.run(1, signal, write)).rejects.toThrow(Refused);
    }
    expect(await semaphore.run(1, signal, async () => 'done')).toBe('done');
  });

  it('rejects a waiting write that is given up: at once, with the reason, and without running it', async () => {
    const writes = await sent(5);
    const reason = new Error('given up');
    writes.giveUp(3, reason);
    await aMoment();
    expect(writes.results.get(3)).toBe(reason);
    expect(writes.inFlight).toEqual([0, 1]);
    await writes.endAll();
    expect(writes.begun).toEqual([0, 1, 2, 4]);
  });

  it('uses no slot for a write that was given up', async () => {
    const writes = await sent(6);
    for (const n of [2, 3]) writes.giveUp(n, new Error('given up'));
    writes.end(0);
    writes.end(1);
    await aMoment();
    expect(writes.inFlight).toEqual([4, 5]);
  });

  it('lets a write that has begun end by itself when it is given up, and keeps the order of the waiting writes', async () => {
    const writes = await sent(4);
    writes.giveUp(0, new Error('given up'));
    await aMoment();
    expect(writes.results.size).toBe(0);
    expect(writes.inFlight).toEqual([0, 1]);
    writes.end(0);
    await aMoment();
    expect(writes.results.get(0)).toBe(0);
    expect(writes.inFlight).toEqual([1, 2]);
    await writes.endAll();
    expect(writes.begun).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['there is room', 0],
    ['there is none', 3],
  ])('rejects a write that was given up before it came, where %s', async (_where, before) => {
    const writes = await sent(before);
    const control = new AbortController();
    const reason = new Error('given up');
    control.abort(reason);
    writes.send(9, control);
    await aMoment();
    expect(writes.results.get(9)).toBe(reason);
    await writes.endAll();
    expect(writes.begun).not.toContain(9);
    expect(writes.results.size).toBe(before + 1);
  });

  it.each([
    ['more writes at once as long as that makes them faster', (n: number) => 100 / n, [4, 50]],
    ['few writes at once where more make them slower', (n: number) => 100 * n, [1, 4]],
  ])('admits %s', async (_what, msBetweenEnds, [least, most]) => {
    const writes = await sent(300);
    const atOnce: number[] = [];
    for (let ended = 0; ended < 200; ended++) {
      const { inFlight } = writes;
      atOnce.push(inFlight.length);
      vi.setSystemTime(Date.now() + Math.round(msBetweenEnds(inFlight.length)));
      writes.end(inFlight[0]!);
      await aMoment();
    }
    expect(atOnce.at(-1)).toBeGreaterThanOrEqual(least!);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(most!);
    expect(writes.begun).toEqual(writes.begun.toSorted((a, b) => a - b));
  });

  it('does not listen to the signal of an admitted write', async () => {
    const control = new AbortController();
    const listeners = new Set<unknown>();
    const { signal } = control;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: () => void, options?: object) => {
      listeners.add(listener);
      add(type, listener, options);
    };
    signal.removeEventListener = (type: string, listener: () => void) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    const semaphore = new AdaptiveSemaphore();
    await semaphore.run(1, signal, async () => expect(listeners.size).toBe(0));
    expect(listeners.size).toBe(0);
  });
});

describe('whatever happens to the writes', () => {
  const event = fc.record({
    what: fc.constantFrom('send', 'send', 'send', 'end', 'throw', 'give up'),
    which: fc.nat({ max: 30 }),
  });

  it('each is admitted in turn or given up, and never are more in flight than the limit', async () => {
    const all = fc.array(event, { maxLength: 60, size: 'max' });
    const property = fc.asyncProperty(all, async (events) => {
      const writes = new Writes();
      const reasons = new Map<number, Error>();
      let count = 0;
      for (const { what, which } of events) {
        const { inFlight } = writes;
        const one = inFlight[which % inFlight.length];
        if (what === 'send') writes.send(count++);
        else if (what === 'give up' && which < count && !reasons.has(which)) {
          reasons.set(which, new Error('given up'));
          writes.giveUp(which, reasons.get(which)!);
        } else if (what === 'end' && one !== undefined) writes.end(one);
        else if (what === 'throw' && one !== undefined) writes.end(one, new Refused());
        await aMoment();
        const open = Array.from({ length: count }, (_, n) => n).filter(
          (n) => !writes.results.has(n),
        );
        expect(writes.inFlight).toHaveLength(Math.min(AT_ONCE, open.length));
      }
      await writes.endAll();

      expect(writes.begun).toEqual(writes.begun.toSorted((a, b) => a - b));
      for (let n = 0; n < count; n++) {
        const result = writes.results.get(n);
        if (!writes.begun.includes(n)) expect(result).toBe(reasons.get(n));
        else if (!(result instanceof Refused)) expect(result).toBe(n);
      }
      expect(writes.results.size).toBe(count);
      expect(writes.mostAtOnce).toBeLessThanOrEqual(AT_ONCE);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
