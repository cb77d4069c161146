import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../../src/contract/import/input.js';
import type { Kratos } from '../../../src/kratos/kratos.js';
import { attempt } from '../../support/chunk-attempts.js';
import { begin, expectTruth, planPopulation, population } from '../../support/population.js';

/** Lets several runners go one at a time, each from one stop to its next, in a given order. */
class Scheduler {
  private readonly waiting = new Map<number, () => void>();
  private readonly ended = new Set<number>();
  private onStop: () => void = () => undefined;

  /** The runner waits here for its next turn. */
  stop(runner: number): Promise<void> {
    const turn = new Promise<void>((go) => this.waiting.set(runner, go));
    this.onStop();
    return turn;
  }

  end(runner: number): void {
    this.ended.add(runner);
    this.onStop();
  }

  /** Gives each runner its turns; when the order is over, unfinished runners go on one after the other. */
  async play(order: number[], runners: number[]): Promise<void> {
    for (const runner of order) await this.turn(runner);
    for (const runner of runners) while (!this.ended.has(runner)) await this.turn(runner);
  }

  private async turn(runner: number): Promise<void> {
    if (this.ended.has(runner)) return;
    const stopped = new Promise<void>((resolve) => (this.onStop = resolve));
    this.waiting.get(runner)!();
    await stopped;
  }
}

/** The same Kratos with a stop before it carries out a request, and one before it answers. */
function withStops(kratos: Kratos, stop: () => Promise<void>): Kratos {
  return new Proxy(kratos, {
    get: (target, name) => {
      const operation = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        await stop();
        return operation.apply(target, given).finally(stop);
      };
    },
  });
}

/** One runner for some turns, then another: from one request to a whole attempt. */
const order = fc
  .array(fc.tuple(fc.constantFrom(0, 1, 2), fc.integer({ min: 1, max: 40 })), {
    minLength: 3,
    maxLength: 12,
  })
  .map((parts) => parts.flatMap(([runner, turns]) => Array<number>(turns).fill(runner)));

describe.each([
  ['only their address is unique', false],
  ['they have user names as well', true],
])('three attempts at once, where %s', (_what, withUserNames) => {
  it.each<Mode>(['skip', 'update'])(
    'have the same true outcomes, in %s mode, in whatever order they take turns',
    async (mode) => {
      const run = await planPopulation(withUserNames);
      const property = fc.asyncProperty(population, order, async (given, turns) => {
        const kratos = await begin(run, given);
        const scheduler = new Scheduler();
        const runners = [0, 1, 2];
        const all = runners.map(async (runner) => {
          await scheduler.stop(runner);
          const counts = await attempt(
            run,
            withStops(kratos, () => scheduler.stop(runner)),
            { mode },
          ).finally(() => scheduler.end(runner));
          // The import counts what is on disk when the first attempt is done.
          await expectTruth(run, kratos, given, mode);
          return counts;
        });
        await scheduler.play(turns, runners);
        const [first, ...others] = await Promise.all(all);
        for (const other of others) expect(other).toEqual(first);
        await expectTruth(run, kratos, given, mode);
      });
      await fc.assert(property, { numRuns: 40 });
    },
  );
});
