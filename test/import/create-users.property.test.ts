import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUsers, type CreateOutcome } from '../../src/import/create-users.js';
import { KratosError, type Kratos, type NewIdentity } from '../../src/kratos/kratos.js';
import { isFrom } from '../../src/import/origin.js';
import { candidateOf, identityOf } from '../support/candidates.js';
import { KratosInMemory } from '../support/kratos-in-memory.js';
import { RUN } from '../support/planned-run.js';

/** What is special about a row, if anything. */
const kind = fc.constantFrom('new', 'new', 'exists', 'own', 'name taken', 'refused', 'poison');
const world = fc.record({
  kinds: fc.array(kind, { minLength: 1, maxLength: 40 }),
  rollsBackOnConflict: fc.boolean(),
  /** Rows that share one user name. */
  twins: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 3 }),
  /** Numbers of the requests that get no answer, those of the second list after Kratos had done what it was asked. */
  lost: fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 3 }),
  lostAfter: fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 3 }),
});

const unavailable = () => new KratosError('unavailable', 'Kratos does not answer');

/** Attempts until one is not cut short, as Temporal makes them. */
async function untilDone(
  kratos: Kratos,
  candidates: Parameters<typeof createUsers>[1],
): Promise<Map<number, CreateOutcome>> {
  for (;;) {
    try {
      return await createUsers(kratos, candidates);
    } catch (error) {
      if (!(error instanceof KratosError) || error.kind !== 'unavailable') throw error;
    }
  }
}

describe('any mixture of rows, conflicts and lost answers', () => {
  it('comes to outcomes that are true of what is stored, and to nobody twice', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(world, async ({ kinds, rollsBackOnConflict, twins, lost, lostAfter }) => {
        const has = (wanted: string) => (identity: NewIdentity) =>
          kinds[Number((identity.traits['email'] as string).slice(4).split('@')[0]) - 2] === wanted;
        const isPoison = has('poison');
        const isRefused = has('refused');
        const kratos = new KratosInMemory({
          rollsBackOnConflict,
          refuses: (identity) => (isRefused(identity) ? { status: 400, reason: 'r' } : undefined),
          poisonedBy: (identity) =>
            isPoison(identity)
              ? new KratosError('refused', 'Kratos answered 400', { status: 400 })
              : undefined,
        });
        const candidates = kinds.map((each, i) => {
          const username =
            each === 'name taken' ? `taken${i}` : twins.includes(i) ? 'twin' : undefined;
          return candidateOf(
            { email: `user${i + 2}@example.com`, ...(username && { username }) },
            i + 2,
          );
        });
        for (const [i, each] of kinds.entries()) {
          if (each === 'exists') kratos.store(identityOf({ email: `USER${i + 2}@example.com` }));
          if (each === 'own')
            kratos.store(identityOf({ email: `user${i + 2}@example.com` }, i + 2));
          if (each === 'name taken') {
            kratos.store(identityOf({ email: `other${i}@example.com`, username: `taken${i}` }));
          }
        }
        let request = 0;
        kratos.beforeRequest = () => {
          if (lost.includes(request++)) throw unavailable();
        };
        const { createBatch } = KratosInMemory.prototype;
        kratos.createBatch = async function (identities) {
          const answers = await createBatch.call(this, identities);
          if (lostAfter.includes(request++)) throw unavailable();
          return answers;
        };

        const outcomes = await untilDone(kratos, candidates);

        const addresses = [...kratos.identities.values()].map((identity) =>
          (identity.traits['email'] as string).toLowerCase(),
        );
        expect(new Set(addresses).size).toBe(addresses.length);
        expect([...outcomes.keys()].toSorted((a, b) => a - b)).toEqual(
          candidates.map(({ line }) => line),
        );
        for (const { line } of candidates) {
          const each = kinds[line - 2]!;
          const outcome = outcomes.get(line)!;
          seen.add(`${each}: ${outcome.outcome}`);
          const found = [...kratos.identities].find(
            ([, { traits }]) =>
              (traits['email'] as string).toLowerCase() === `user${line}@example.com`,
          );
          if (outcome.outcome === 'failed') {
            expect(found).toBeUndefined();
            continue;
          }
          expect(found?.[0]).toBe(outcome.identityId);
          expect(isFrom(found?.[1].metadataAdmin, RUN, line)).toBe(outcome.outcome === 'created');
        }
        for (const [i, each] of kinds.entries()) {
          const outcome = outcomes.get(i + 2)!;
          if (each === 'exists') expect(outcome.outcome).toBe('skipped');
          if (each === 'own' || (each === 'new' && !twins.includes(i)))
            expect(outcome.outcome).toBe('created');
          if (each === 'name taken') expect(outcome).toMatchObject({ code: 'identifier_conflict' });
          if (each === 'refused') expect(outcome).toMatchObject({ code: 'schema_violation' });
          if (each === 'poison') expect(outcome).toMatchObject({ code: 'rejected' });
        }
        const named = (name: string) => kinds.filter((each) => each === name).length;
        const inTheWay = named('exists') + named('own') + named('name taken') + twins.length;
        const halvings = 2 * Math.ceil(Math.log2(kinds.length + 1));
        const attempts = 1 + lost.length + lostAfter.length;
        expect(kratos.requests.createBatch).toBeLessThanOrEqual(
          attempts *
            (2 + named('poison') * 2 * halvings + inTheWay * (2 + halvings) + kinds.length),
        );
      }),
      { numRuns: 300 },
    );
    expect(seen.size).toBeGreaterThanOrEqual(7);
  });
});
