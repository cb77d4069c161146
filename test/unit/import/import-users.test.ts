import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { afterImage } from '../../../src/identity/after-image.js';
import { candidateOf, identityOf, people } from '../../support/candidates.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { broken, idOf, importOnce, outcomesIn } from '../../support/import-once.js';

const emailOf = ({ traits }: NewIdentity) => traits['email'] as string;

/** Addresses that are stored, each as often as it is. */
const stored = (kratos: KratosInMemory) => [...kratos.identities.values()].map(emailOf);

describe.each([
  ['a Kratos that rolls a batch back for one conflict and says created all the same', true],
  ['a Kratos that keeps what does not conflict', false],
])('with %s', (_habit, rollsBackOnConflict) => {
  it('existing users are skipped, and all others are there afterwards', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const ids = [3, 7].map((n) => kratos.store(identityOf({ email: `USER${n}@example.com` })));
    const decisions = await importOnce(kratos, people(10));
    expect([decisions.get(3), decisions.get(7)]).toEqual(
      ids.map((identityId) => ({ outcome: 'skipped', identityId, invitation: 'none' })),
    );
    const created = [...decisions.values()].filter(({ outcome }) => outcome === 'created');
    expect(created).toHaveLength(8);
    for (const decision of created) expect(kratos.identities.has(idOf(decision))).toBe(true);
    expect(kratos.identities.size).toBe(10);
    expect(kratos.requests).toEqual({
      createBatch: rollsBackOnConflict ? 2 : 1,
      storedIds: 1,
      findByIdentifier: 2,
      update: 0,
    });
  });

  it('rows that an earlier attempt of this run created are created, not skipped', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const candidates = people(6);
    const own = await Promise.all(
      candidates.slice(0, 3).map(async (candidate) => kratos.store(await candidate.identity())),
    );
    const decisions = await importOnce(kratos, candidates);
    expect(outcomesIn(decisions)).toEqual(Array(6).fill('created'));
    expect([2, 3, 4].map((line) => decisions.get(line))).toEqual(
      own.map((identityId) => ({
        ...{ outcome: 'created', identityId, invitation: 'due' },
        after: { content: expect.any(String) as string },
      })),
    );
    expect(kratos.identities.size).toBe(6);
  });

  it('a user created by an earlier attempt has the after-image that this one would have made', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const ann = candidateOf({ email: 'ann@example.com', password: 'long enough' }, 2);
    const id = kratos.store({ ...(await ann.identity()), hashedPassword: 'hash of then' });
    const after = afterImage(id, ann.profile(), 'hash of then');
    expect((await importOnce(kratos, [ann])).get(2)).toMatchObject({ outcome: 'created', after });
  });

  it('a row whose user name is another’s is identifier_conflict, and its address stays free', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    kratos.store(identityOf({ email: 'boss@example.com', username: 'ann' }));
    const ann = candidateOf({ email: 'ann@example.com', username: 'Ann' }, 9);
    const decisions = await importOnce(kratos, [ann, ...people(3)]);
    expect(decisions.get(9)).toMatchObject({ outcome: 'failed', code: 'identifier_conflict' });
    expect(stored(kratos)).not.toContain('ann@example.com');
    expect(kratos.identities.size).toBe(4);
  });

  it('of two rows with one user name one is created, the other is identifier_conflict', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const decisions = await importOnce(kratos, [
      candidateOf({ email: 'a@example.com', username: 'same' }, 2),
      candidateOf({ email: 'b@example.com', username: 'same' }, 3),
      ...people(5).slice(2),
    ]);
    expect([decisions.get(2), decisions.get(3)]).toMatchObject([
      { outcome: 'created' },
      { outcome: 'failed', code: 'identifier_conflict' },
    ]);
    expect(kratos.identities.size).toBe(4);
  });

  it('when all users exist all are skipped, with one batch and one look-up each', async () => {
    const kratos = new KratosInMemory({ rollsBackOnConflict });
    const candidates = people(120);
    for (const { importRow } of candidates) kratos.store(identityOf(importRow));
    const decisions = await importOnce(kratos, candidates);
    expect(outcomesIn(decisions)).toEqual(Array(120).fill('skipped'));
    expect(kratos.requests).toEqual({
      createBatch: 1,
      storedIds: 0,
      findByIdentifier: 120,
      update: 0,
    });
  });
});

describe('a Kratos that breaks', () => {
  it('on every row is itself at fault: nothing is decided, and the chunk is tried again later', async () => {
    const kratos = new KratosInMemory({ poisonedBy: broken });
    await expect(importOnce(kratos, people(4))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(kratos.identities.size).toBe(0);
  });

  it('on the only row counts as a fault of that row', async () => {
    const kratos = new KratosInMemory({ poisonedBy: broken });
    expect((await importOnce(kratos, people(1))).get(2)).toMatchObject({ code: 'rejected' });
  });
});

describe('a user whom another program creates while the batch is on its way', () => {
  it.each(['skip', 'update'] as const)('is found and resolved in %s mode', async (mode) => {
    const kratos = new KratosInMemory();
    kratos.beforeRequest = (request) => {
      if (request !== 'createBatch' || kratos.identities.size > 0) return;
      kratos.store(identityOf({ email: 'user3@example.com', role: 'admin' }));
    };
    const decisions = await importOnce(kratos, people(3, { role: 'user' }), mode);
    expect(outcomesIn(decisions).toSorted()).toEqual(
      ['created', 'created', mode === 'skip' ? 'skipped' : 'updated'].toSorted(),
    );
    expect(kratos.byEmail('user3@example.com')?.[1].traits['role']).toBe(
      mode === 'skip' ? 'admin' : 'user',
    );
  });

  it('is resolved also when it was deleted and created again in between', async () => {
    const kratos = new KratosInMemory();
    const visitor = identityOf({ email: 'user3@example.com' });
    let id = '';
    kratos.beforeRequest = (request) => {
      if (request === 'createBatch') id = kratos.store(visitor);
    };
    kratos.afterRequest = (request) => {
      if (request === 'createBatch' && kratos.requests.createBatch === 1) {
        kratos.identities.delete(id);
      }
    };
    const decisions = await importOnce(kratos, people(2));
    expect(decisions.get(3)).toEqual({ outcome: 'skipped', identityId: id, invitation: 'none' });
    expect(kratos.requests).toMatchObject({ createBatch: 2, findByIdentifier: 2 });
  });
});
