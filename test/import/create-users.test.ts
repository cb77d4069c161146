import { describe, expect, it } from 'vitest';
import { createUsers } from '../../src/import/create-users.js';
import { KratosError, type NewIdentity } from '../../src/kratos/kratos.js';
import { candidateOf, identityOf, people } from '../support/candidates.js';
import { KratosInMemory } from '../support/kratos-in-memory.js';

const emailOf = ({ traits }: NewIdentity) => traits['email'] as string;
const isLine = (identity: NewIdentity, ...lines: number[]) =>
  lines.some((line) => emailOf(identity) === `user${line}@example.com`);

/** Addresses that are stored, each as often as it is. */
const stored = (kratos: KratosInMemory) => [...kratos.identities.values()].map(emailOf).toSorted();

describe('creating users', () => {
  it('takes one request when nothing is in the way', async () => {
    const kratos = new KratosInMemory();
    const outcomes = await createUsers(kratos, people(500));
    expect(outcomes.size).toBe(500);
    for (const [line, outcome] of outcomes) {
      if (outcome.outcome !== 'created') throw new Error(`line ${line}: ${outcome.outcome}`);
      expect(emailOf(kratos.identities.get(outcome.identityId)!)).toBe(`user${line}@example.com`);
    }
    expect(kratos.requests).toEqual({ createBatch: 1, storedIds: 0, findByIdentifier: 0 });
  });

  it('asks nothing for no users', async () => {
    const kratos = new KratosInMemory();
    expect(await createUsers(kratos, [])).toEqual(new Map());
    expect(kratos.requests.createBatch).toBe(0);
  });
});

describe.each([
  ['a Kratos that rolls a batch back for one conflict and says created all the same', true],
  ['a Kratos that keeps what does not conflict', false],
])('with %s', (_habit, rollsBackOnConflict) => {
  it('who exists is skipped, and everyone else is there afterwards', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const ids = [3, 7].map((n) => kratos.store(identityOf({ email: `USER${n}@example.com` })));
    const outcomes = await createUsers(kratos, people(10));
    expect([outcomes.get(3), outcomes.get(7)]).toEqual(
      ids.map((identityId) => ({ outcome: 'skipped', identityId })),
    );
    const created = [...outcomes.values()].filter(({ outcome }) => outcome === 'created');
    expect(created).toHaveLength(8);
    for (const outcome of created) {
      expect(kratos.identities.has('identityId' in outcome ? outcome.identityId : '')).toBe(true);
    }
    expect(kratos.identities.size).toBe(10);
    expect(kratos.requests).toEqual({
      createBatch: rollsBackOnConflict ? 2 : 1,
      storedIds: 1,
      findByIdentifier: 2,
    });
  });

  it('rows that an earlier attempt of this run created are created, not skipped', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const candidates = people(6);
    const own = candidates.slice(0, 3).map(({ identity }) => kratos.store(identity));
    const outcomes = await createUsers(kratos, candidates);
    expect([...outcomes.values()].map(({ outcome }) => outcome)).toEqual(Array(6).fill('created'));
    expect([2, 3, 4].map((line) => outcomes.get(line))).toEqual(
      own.map((identityId) => ({ outcome: 'created', identityId })),
    );
    expect(kratos.identities.size).toBe(6);
  });

  it('a row whose user name is another’s is identifier_conflict, and its address stays free', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    kratos.store(identityOf({ email: 'boss@example.com', username: 'ann' }));
    const ann = candidateOf({ email: 'ann@example.com', username: 'Ann' }, 9);
    const outcomes = await createUsers(kratos, [ann, ...people(3)]);
    expect(outcomes.get(9)).toMatchObject({ outcome: 'failed', code: 'identifier_conflict' });
    expect(stored(kratos)).not.toContain('ann@example.com');
    expect(kratos.identities.size).toBe(4);
  });

  it('of two rows with one user name one is created, the other is identifier_conflict', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const outcomes = await createUsers(kratos, [
      candidateOf({ email: 'a@example.com', username: 'same' }, 2),
      candidateOf({ email: 'b@example.com', username: 'same' }, 3),
      ...people(5).slice(2),
    ]);
    expect([outcomes.get(2), outcomes.get(3)]).toMatchObject([
      { outcome: 'created' },
      { outcome: 'failed', code: 'identifier_conflict' },
    ]);
    expect(kratos.identities.size).toBe(4);
  });

  it('when everybody exists everybody is skipped, with one batch and one look-up each', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const candidates = people(50);
    for (const { identity } of candidates) kratos.store({ ...identity, metadataAdmin: {} });
    const outcomes = await createUsers(kratos, candidates);
    expect(new Set([...outcomes.values()].map(({ outcome }) => outcome))).toEqual(
      new Set(['skipped']),
    );
    expect(kratos.requests).toEqual({ createBatch: 1, storedIds: 0, findByIdentifier: 50 });
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
    const outcomes = await createUsers(kratos, people(5));
    expect(outcomes.get(3)).toEqual({
      outcome: 'failed',
      code: 'schema_violation',
      reason: 'Kratos answered 400: too short',
    });
    expect(outcomes.get(4)).toEqual({
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
      const outcomes = await createUsers(kratos, people(500));
      expect(outcomes.get(line)).toEqual({
        outcome: 'failed',
        code: 'rejected',
        reason: 'Kratos answered 400 for this row: bad',
      });
      expect(kratos.identities.size).toBe(499);
      expect(kratos.requests.createBatch).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(500)));
    },
  );

  it('is no reason to give up on others that do the same', async () => {
    const lines = [2, 3, 90, 251, 499];
    const kratos = new KratosInMemory({
      poisonedBy: (identity) => (isLine(identity, ...lines) ? refused() : undefined),
    });
    const outcomes = await createUsers(kratos, people(500));
    const failed = [...outcomes].filter(([, { outcome }]) => outcome === 'failed');
    expect(failed.map(([line]) => line).toSorted((a, b) => a - b)).toEqual(lines);
    expect(kratos.identities.size).toBe(495);
    expect(kratos.requests.createBatch).toBeLessThanOrEqual(1 + lines.length * 2 * 9);
  });

  it('is not to blame when Kratos breaks on every row: the chunk is tried again later', async () => {
    const kratos = new KratosInMemory({
      poisonedBy: () => new KratosError('broken', 'Kratos answered 500', { status: 500 }),
    });
    await expect(createUsers(kratos, people(4))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(kratos.identities.size).toBe(0);
  });

  it('on which Kratos breaks is tried three times alone before it is given up', async () => {
    let alone = 0;
    const kratos = new KratosInMemory({
      poisonedBy: (identity) =>
        isLine(identity, 3)
          ? new KratosError('broken', 'Kratos answered 500', { status: 500 })
          : undefined,
    });
    kratos.createBatch = function (identities) {
      if (identities.length === 1 && isLine(identities[0]!, 3)) alone++;
      return KratosInMemory.prototype.createBatch.call(this, identities);
    };
    const outcomes = await createUsers(kratos, people(4));
    expect(outcomes.get(3)).toMatchObject({
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
      poisonedBy: () =>
        times++ < 1 ? new KratosError('broken', 'Kratos answered 500', { status: 500 }) : undefined,
    });
    const outcomes = await createUsers(kratos, people(1));
    expect(outcomes.get(2)).toMatchObject({ outcome: 'created' });
    expect(kratos.identities.size).toBe(1);
  });

  it('on which Kratos breaks decides nothing when Kratos is then down as a whole', async () => {
    const kratos = new KratosInMemory({
      poisonedBy: () => new KratosError('broken', 'Kratos answered 500', { status: 500 }),
    });
    kratos.ready = () => Promise.reject(new KratosError('unavailable', 'Kratos answered 503'));
    await expect(createUsers(kratos, people(1))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is skipped when it is the only one that reaches the database, and exists', async () => {
    const kratos = new KratosInMemory({
      refuses: (identity) => (isLine(identity, 4) ? undefined : { status: 400, reason: 'schema' }),
    });
    const identityId = kratos.store(identityOf({ email: 'user4@example.com' }));
    const outcomes = await createUsers(kratos, people(20));
    expect(outcomes.get(4)).toEqual({ outcome: 'skipped', identityId });
    const others = [...outcomes].filter(([line]) => line !== 4);
    expect(
      others.every(([, each]) => each.outcome === 'failed' && each.code === 'schema_violation'),
    ).toBe(true);
    expect(others).toHaveLength(19);
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
      await expect(createUsers(kratos, people(100))).rejects.toMatchObject({ kind });
      expect(requests).toBe(1);
    },
  );

  it('fails with an error of this program as it is, without splitting anything', async () => {
    const kratos = new KratosInMemory();
    kratos.beforeRequest = () => {
      throw new TypeError('a bug');
    };
    await expect(createUsers(kratos, people(100))).rejects.toThrow(TypeError);
    expect(kratos.requests.createBatch).toBe(0);
  });
});
