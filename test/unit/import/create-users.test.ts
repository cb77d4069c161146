import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { Candidate } from '../../../src/import/candidate.js';
import { createUsers, createUsersInParts } from '../../../src/import/create-users.js';
import type { Decisions } from '../../../src/import/decision.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { candidateOf, identityOf, people } from '../../support/candidates.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { broken, idOf, outcomesIn } from '../../support/import-once.js';

const emailOf = ({ traits }: NewIdentity) => traits['email'] as string;
const isLine = (identity: NewIdentity, ...lines: number[]) =>
  lines.some((line) => emailOf(identity) === `user${line}@example.com`);

/** The decisions on the candidates, and the lines of the conflicts. */
async function create(kratos: KratosInMemory, candidates: Candidate[]) {
  const decisions: Decisions = new Map();
  const conflicts = await createUsers(kratos, candidates, decisions);
  return { decisions, conflicts: conflicts.map(({ line }) => line) };
}

describe('creating users', () => {
  it('takes one request when nothing is in the way', async () => {
    const kratos = new KratosInMemory();
    const { decisions, conflicts } = await create(kratos, people(500));
    expect([decisions.size, conflicts]).toEqual([500, []]);
    for (const [line, decision] of decisions) {
      expect(decision.outcome).toBe('created');
      expect(emailOf(kratos.identities.get(idOf(decision))!)).toBe(`user${line}@example.com`);
    }
    expect(kratos.requests).toMatchObject({ createBatch: 1, storedIds: 0, findByIdentifier: 0 });
  });

  it('asks nothing for no users', async () => {
    const kratos = new KratosInMemory();
    expect(await create(kratos, [])).toEqual({ decisions: new Map(), conflicts: [] });
    expect(kratos.requests.createBatch).toBe(0);
  });

  it('makes a user without a password due an invitation', async () => {
    const person = { email: 'ann@example.com', password: 'long enough' };
    const { decisions } = await create(new KratosInMemory(), [
      candidateOf(person, 2),
      ...people(2).slice(1),
    ]);
    expect([decisions.get(2), decisions.get(3)]).toMatchObject([
      { invitation: 'none' },
      { invitation: 'due' },
    ]);
  });
});

describe('creating users in parts', () => {
  const inParts = async (kratos: KratosInMemory, rows: number, most: number) => {
    const decisions: Decisions = new Map();
    const conflicts = await createUsersInParts(kratos, people(rows), decisions, most);
    return { decisions, conflicts };
  };

  it.each([
    [500, 1, 1],
    [500, 4, 4],
    [500, 20, 5],
    [99, 4, 1],
    [0, 4, 0],
  ])('sends %i users, in %i parts at most, in %i batches', async (rows, most, batches) => {
    const kratos = new KratosInMemory();
    const { decisions, conflicts } = await inParts(kratos, rows, most);
    expect([decisions.size, conflicts]).toEqual([rows, []]);
    expect(kratos.requests.createBatch).toBe(batches);
  });

  it('waits for all parts before it fails, so that nothing goes on behind its back', async () => {
    const kratos = new KratosInMemory();
    const away = new KratosError('unavailable', 'Kratos answered 503', { status: 503 });
    const send = kratos.createBatch.bind(kratos);
    let answered = 0;
    kratos.createBatch = async (batch) => {
      if (batch.some((identity) => isLine(identity, 2))) throw away;
      await new Promise((resolve) => setTimeout(resolve, 5));
      answered++;
      return send(batch);
    };
    await expect(inParts(kratos, 400, 4)).rejects.toBe(away);
    expect(answered).toBe(3);
  });
});

describe.each([
  ['a Kratos that rolls a batch back for one conflict and says created all the same', true],
  ['a Kratos that keeps what does not conflict', false],
])('with %s', (_habit, rollsBackOnConflict) => {
  it('conflicting rows are named and not decided, and all others are created', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    for (const n of [3, 7]) kratos.store(identityOf({ email: `USER${n}@example.com` }));
    const { decisions, conflicts } = await create(kratos, people(10));
    expect(conflicts).toEqual([3, 7]);
    expect(outcomesIn(decisions)).toEqual(Array(8).fill('created'));
    for (const decision of decisions.values()) {
      expect(kratos.identities.has(idOf(decision))).toBe(true);
    }
    expect(kratos.identities.size).toBe(10);
    expect(kratos.requests).toMatchObject({
      createBatch: rollsBackOnConflict ? 2 : 1,
      storedIds: 1,
      findByIdentifier: 0,
    });
  });

  it('when all rows conflict one batch is enough', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    for (let n = 2; n < 52; n++) kratos.store(identityOf({ email: `user${n}@example.com` }));
    expect((await create(kratos, people(50))).conflicts).toHaveLength(50);
    expect(kratos.requests).toMatchObject({ createBatch: 1, storedIds: 0, findByIdentifier: 0 });
  });
});

describe('a row that Kratos refuses', () => {
  it('fails alone, as schema_violation for a 400 and as rejected for anything else', async () => {
    const kratos = new KratosInMemory({
      refuses: (identity) =>
        isLine(identity, 3)
          ? { status: 400, reason: 'too short' }
          : isLine(identity, 4)
            ? { status: 422, reason: '' }
            : undefined,
    });
    const { decisions } = await create(kratos, people(5));
    expect(decisions.get(3)).toEqual({
      outcome: 'failed',
      code: 'schema_violation',
      reason: 'Kratos answered 400: too short',
    });
    expect(decisions.get(4)).toEqual({
      outcome: 'failed',
      code: 'rejected',
      reason: 'Kratos answered 422: no reason given',
    });
    expect(kratos.identities.size).toBe(3);
    expect(kratos.requests.createBatch).toBe(1);
  });
});

describe('a row for which the whole request fails', () => {
  const refused = () =>
    new KratosError('refused', 'Kratos answered 400', { status: 400, reason: 'bad' });

  it.each([2, 200, 501])(
    'costs one row, found in a few halvings (line %i of 2 to 501)',
    async (line) => {
      const kratos = new KratosInMemory({
        poisonedBy: (identity) => (isLine(identity, line) ? refused() : undefined),
      });
      const { decisions } = await create(kratos, people(500));
      expect(decisions.get(line)).toEqual({
        outcome: 'failed',
        code: 'rejected',
        reason: 'Kratos answered 400 for this row: bad',
      });
      expect(kratos.identities.size).toBe(499);
      expect(kratos.requests.createBatch).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(500)));
    },
  );

  it('costs one row each when several rows do the same', async () => {
    const lines = [2, 3, 90, 251, 499];
    const kratos = new KratosInMemory({
      poisonedBy: (identity) => (isLine(identity, ...lines) ? refused() : undefined),
    });
    const { decisions } = await create(kratos, people(500));
    const failed = [...decisions].filter(([, { outcome }]) => outcome === 'failed');
    expect(failed.map(([line]) => line).toSorted((a, b) => a - b)).toEqual(lines);
    expect(kratos.identities.size).toBe(495);
    expect(kratos.requests.createBatch).toBeLessThanOrEqual(1 + lines.length * 2 * 9);
  });

  it('on which Kratos breaks is tried three times alone before it is given up', async () => {
    let alone = 0;
    const kratos = new KratosInMemory({
      poisonedBy: (identity) => (isLine(identity, 3) ? broken() : undefined),
    });
    kratos.createBatch = function (identities) {
      if (identities.length === 1 && isLine(identities[0]!, 3)) alone++;
      return KratosInMemory.prototype.createBatch.call(this, identities);
    };
    const { decisions } = await create(kratos, people(4));
    expect(decisions.get(3)).toMatchObject({
      outcome: 'failed',
      code: 'rejected',
      reason: 'Kratos answered 500 for this row: no reason given',
    });
    expect(alone).toBe(3);
    expect(kratos.identities.size).toBe(3);
  });

  it('on which Kratos breaks once only is created', async () => {
    let times = 0;
    const kratos = new KratosInMemory({
      poisonedBy: () => (times++ < 1 ? broken() : undefined),
    });
    const { decisions } = await create(kratos, people(1));
    expect(decisions.get(2)).toMatchObject({ outcome: 'created' });
    expect(kratos.identities.size).toBe(1);
  });

  it('on which Kratos breaks decides nothing when Kratos is then down as a whole', async () => {
    const kratos = new KratosInMemory({ poisonedBy: broken });
    kratos.ready = () => Promise.reject(new KratosError('unavailable', 'Kratos answered 503'));
    await expect(create(kratos, people(1))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('conflicts when it is the only one that reaches the database, and exists', async () => {
    const kratos = new KratosInMemory({
      refuses: (identity) => (isLine(identity, 4) ? undefined : { status: 400, reason: 'schema' }),
    });
    kratos.store(identityOf({ email: 'user4@example.com' }));
    const { decisions, conflicts } = await create(kratos, people(20));
    expect(conflicts).toEqual([4]);
    expect(decisions.size).toBe(19);
    for (const decision of decisions.values()) {
      expect(decision).toMatchObject({ outcome: 'failed', code: 'schema_violation' });
    }
  });
});

describe('a Kratos that cannot be used', () => {
  it.each(['unavailable', 'unauthorized'] as const)(
    'and is %s decides nothing, and is not asked again',
    async (kind) => {
      const kratos = new KratosInMemory();
      let requests = 0;
      kratos.beforeRequest = () => {
        requests++;
        throw new KratosError(kind, 'Kratos does not answer');
      };
      await expect(create(kratos, people(100))).rejects.toMatchObject({ kind });
      expect(requests).toBe(1);
    },
  );

  it('fails with an error of this program as it is, without splitting anything', async () => {
    const kratos = new KratosInMemory();
    kratos.beforeRequest = () => {
      throw new TypeError('a bug');
    };
    await expect(create(kratos, people(100))).rejects.toThrow(TypeError);
    expect(kratos.requests.createBatch).toBe(0);
  });
});
