import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Mode } from '../../../src/contract/import/input.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { attempt, Died } from '../../support/chunk-attempts.js';
import type { KratosInMemory } from '../../support/kratos-in-memory.js';
import { begin, expectTruth, planPopulation, population } from '../../support/population.js';

// Pauses take no time here: they have their own tests.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

/** What goes wrong with one of an attempt's requests. */
interface Fault {
  at: number;
  when: 'beforeRequest' | 'afterRequest';
  what: 'the worker dies' | 'the answer is lost';
}

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat({ max: 24 }),
  when: fc.constantFrom('beforeRequest', 'afterRequest'),
  what: fc.constantFrom('the worker dies', 'the answer is lost'),
});
const mode = fc.constantFrom<Mode>('skip', 'update');
const attempts = fc.array(fc.record({ mode, faults: fc.array(fault, { maxLength: 3 }) }), {
  maxLength: 4,
});

function letFail(kratos: KratosInMemory, faults: Fault[]): void {
  const count = { beforeRequest: 0, afterRequest: 0 };
  for (const hook of ['beforeRequest', 'afterRequest'] as const) {
    kratos[hook] = () => {
      const at = count[hook]++;
      const found = faults.find((each) => each.when === hook && each.at === at);
      if (found?.what === 'the worker dies') throw new Died();
      if (found) throw new KratosError('unavailable', 'no answer', { answerLost: true });
    };
  }
}

describe.each([
  ['only their address is unique', false],
  ['they have user names as well', true],
])('attempts that die anywhere and lose any answer, where %s', (_what, withUserNames) => {
  it.each([
    ['all in one mode', true],
    ['each in any mode', false],
  ])('have true outcomes, and create no user twice: %s', async (_how, oneMode) => {
    const run = await planPopulation(withUserNames);
    const seen = new Set<string>();
    const property = fc.asyncProperty(population, attempts, mode, async (given, dead, lastMode) => {
      const kratos = await begin(run, given);
      for (const each of dead) {
        letFail(kratos, each.faults);
        await attempt(run, kratos, { mode: oneMode ? lastMode : each.mode }).catch(
          (error: unknown) => {
            if (!(error instanceof Died)) throw error;
          },
        );
      }
      letFail(kratos, []);
      await attempt(run, kratos, { mode: lastMode });
      const seenNow = await expectTruth(run, kratos, given, oneMode ? lastMode : undefined);
      for (const each of seenNow) seen.add(each);
    });
    await fc.assert(property, { numRuns: 100 });
    expect([...seen].toSorted()).toEqual(
      [
        'new: created',
        ...(withUserNames ? ['new: failed', 'name taken: failed'] : []),
        'poison: failed',
        'refused: failed',
        'there: skipped',
        'there: unchanged',
        'there: updated',
      ].toSorted(),
    );
  });
});
