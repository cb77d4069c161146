import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import type { Mode } from '../../../src/contract/import/input.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { candidateOf, identityOf } from '../../support/candidates.js';
import { attempt, Died, journalOf, NOW, outcomes } from '../../support/chunk-attempts.js';
import { KratosInMemory, type Request } from '../../support/kratos-in-memory.js';
import { PlannedRun, RUN } from '../../support/planned-run.js';
import { importOnce } from '../../support/import-once.js';

const FILE = `email,role,initial_password
ann@example.com,admin,long enough
ben@example.com,admin,
`;

async function given(text = FILE) {
  const kratos = new KratosInMemory();
  return { kratos, run: await PlannedRun.of(text, { kratos }) };
}

/** An attempt whose worker dies at its nth request of a kind, before Kratos carries it out or after. */
async function die(
  run: PlannedRun,
  kratos: KratosInMemory,
  when: 'before' | 'after',
  request: Request,
  { nth = 1, mode = 'skip', now = NOW }: { nth?: number; mode?: Mode; now?: Date } = {},
): Promise<void> {
  let times = 0;
  const hook = when === 'before' ? 'beforeRequest' : 'afterRequest';
  kratos[hook] = (each) => {
    if (each === request && ++times === nth) throw new Died();
  };
  await expect(attempt(run, kratos, { mode, now })).rejects.toThrow(Died);
  kratos[hook] = () => undefined;
}

const outcomesOf = async (run: PlannedRun) => (await outcomes(run)).map(({ outcome }) => outcome);

describe('a user created by an attempt that died', () => {
  it.each(['skip', 'update'] as const)('is created, once, in %s mode', async (mode) => {
    const { kratos, run } = await given();
    await die(run, kratos, 'after', 'createBatch', { mode });
    expect(kratos.identities.size).toBe(2);
    const ids = [...kratos.identities.keys()];

    const counts = await attempt(run, kratos, { mode, now: new Date(NOW.getTime() + 60_000) });

    expect(counts).toMatchObject({ created: 2, due: 1, skipped: 0, unchanged: 0, updated: 0 });
    expect(await outcomes(run)).toMatchObject([
      { outcome: 'created', identityId: ids[0], invitation: 'none' },
      { outcome: 'created', identityId: ids[1], invitation: 'due' },
    ]);
    expect([...kratos.identities.keys()]).toEqual(ids);
    expect(kratos.requests.update).toBe(0);
  });

  it('is not skipped when the same attempt lost the answer and sent the batch again', async () => {
    const { kratos, run } = await given();
    let lost = 0;
    kratos.afterRequest = (request) => {
      if (request === 'createBatch' && lost++ === 0) {
        throw new KratosError('unavailable', 'Kratos does not answer', { answerLost: true });
      }
    };
    expect(await attempt(run, kratos)).toMatchObject({ created: 2, skipped: 0 });
    expect(kratos.requests).toMatchObject({ createBatch: 2, findByIdentifier: 2 });
  });

  it('is recognized by the line after a change of address', async () => {
    const kratos = new KratosInMemory();
    const id = kratos.store(identityOf({ email: 'new@example.com', username: 'ann' }, 2));
    const ann = candidateOf({ email: 'ann@example.com', username: 'ann' }, 2);
    expect((await importOnce(kratos, [ann])).get(2)).toMatchObject({
      outcome: 'created',
      identityId: id,
    });
  });

  it('is not taken for another row of this run with the same user name', async () => {
    const kratos = new KratosInMemory();
    kratos.store(identityOf({ email: 'ben@example.com', username: 'ann' }, 3));
    const ann = candidateOf({ email: 'ann@example.com', username: 'ann' }, 2);
    expect((await importOnce(kratos, [ann])).get(2)).toMatchObject({ code: 'identifier_conflict' });
  });
});

describe('a user changed by an attempt that died', () => {
  const change = { path: '/traits/role', before: 'user', after: 'admin' };

  const store = (kratos: KratosInMemory) =>
    ['ann', 'ben'].map((name) =>
      kratos.store(identityOf({ email: `${name}@example.com`, role: 'user' })),
    );

  it.each<[what: string, when: 'before' | 'after', nth: number, mode: 'skip' | 'update']>([
    ['before the first change', 'before', 1, 'update'],
    ['after the first change', 'after', 1, 'update'],
    ['after the last change', 'after', 2, 'update'],
    ['before the first change, in another mode now', 'before', 1, 'skip'],
    ['after the first change, in another mode now', 'after', 1, 'skip'],
    ['after the last change, in another mode now', 'after', 2, 'skip'],
  ])(
    'is updated, with the values from before the first change: %s',
    async (_what, when, nth, mode) => {
      const { kratos, run } = await given();
      const ids = store(kratos);
      await die(run, kratos, when, 'update', { nth, mode: 'update' });
      expect(await attempt(run, kratos, { mode })).toMatchObject({ updated: 2 });
      expect(await outcomes(run)).toMatchObject(
        ids.map((identityId) => ({ outcome: 'updated', identityId, changes: [change] })),
      );
      for (const id of ids) expect(kratos.identities.get(id)?.traits['role']).toBe('admin');
    },
  );

  it('is updated although three attempts died, and the answer got lost as well', async () => {
    const { kratos, run } = await given();
    const [ann] = store(kratos);
    await die(run, kratos, 'before', 'update', { mode: 'update' });
    // Another program writes to the same user in between.
    kratos.identities.get(ann!)!.traits['role'] = 'support';
    await die(run, kratos, 'after', 'update', { mode: 'update' });
    await die(run, kratos, 'before', 'findByIdentifier', { nth: 2, mode: 'update' });
    let lost = 0;
    kratos.afterRequest = (request) => {
      if (request === 'update' && lost++ === 0) {
        throw new KratosError('unavailable', 'Kratos does not answer', { answerLost: true });
      }
    };
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ updated: 2 });
    expect((await outcomes(run)).map(({ changes }) => changes)).toEqual([[change], [change]]);
  });

  it('is not updated when no attempt had intended to', async () => {
    const { kratos, run } = await given();
    store(kratos);
    await die(run, kratos, 'before', 'findByIdentifier', { nth: 2, mode: 'update' });
    expect(await attempt(run, kratos)).toMatchObject({ skipped: 2, updated: 0 });
  });

  it('and deleted since is created', async () => {
    const { kratos, run } = await given();
    const [ann] = store(kratos);
    await die(run, kratos, 'after', 'update', { mode: 'update' });
    kratos.identities.delete(ann!);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({
      created: 1,
      updated: 1,
    });
  });
});

describe('a user from an earlier run', () => {
  const earlier = (invitation?: object): NewIdentity => ({
    ...identityOf({ email: 'ben@example.com', role: 'user' }),
    metadataAdmin: { csv_import: { ...RUN, runId: 'another', line: 3, invitation } },
  });
  const dueSince = '2026-10-01T10:00:00Z';

  it.each([
    ['due', { dueSince }],
    ['none', { dueSince, sentAt: dueSince }],
    ['none', undefined],
  ])('is skipped, and their invitation is %s (%j)', async (invitation, theirs) => {
    const { kratos, run } = await given();
    const identityId = kratos.store(earlier(theirs));
    await attempt(run, kratos);
    expect((await outcomes(run))[1]).toMatchObject({ outcome: 'skipped', identityId, invitation });
  });

  it('keeps the due invitation when updated, or when nothing has to change', async () => {
    for (const role of ['user', 'admin']) {
      const { kratos, run } = await given();
      kratos.store({ ...earlier({ dueSince }), traits: { email: 'ben@example.com', role } });
      expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({
        [role === 'user' ? 'updated' : 'unchanged']: 1,
        due: 1,
      });
    }
  });

  it('is skipped also when an earlier run of the same workflow id created them', async () => {
    const { kratos, run } = await given();
    kratos.store({ ...earlier(), traits: { email: 'BEN@example.com' } });
    await die(run, kratos, 'after', 'createBatch');
    await attempt(run, kratos);
    expect(await outcomesOf(run)).toEqual(['created', 'skipped']);
  });
});

describe('what an attempt that died had decided', () => {
  const many = Array.from({ length: 120 }, (_, i) => `user${i}@example.com`);
  const file = `email\n${many.join('\n')}\n`;

  it('is not asked for again', async () => {
    const { kratos, run } = await given(file);
    for (const email of many) kratos.store(identityOf({ email }));
    await die(run, kratos, 'before', 'findByIdentifier', { nth: 110, mode: 'update' });
    expect((await journalOf(run)).outcomes.size).toBe(100);
    kratos.requests.findByIdentifier = 0;
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ unchanged: 120 });
    expect(kratos.requests.findByIdentifier).toBe(20);
  });

  it('is recorded before the look-ups that conflicts need', async () => {
    const { kratos, run } = await given(file);
    for (const email of many.slice(0, 60)) kratos.store(identityOf({ email }));
    await die(run, kratos, 'before', 'findByIdentifier');
    expect((await journalOf(run)).outcomes.size).toBe(60);
    await die(run, kratos, 'before', 'findByIdentifier', { nth: 51 });
    expect((await journalOf(run)).outcomes.size).toBe(110);
    expect(await attempt(run, kratos)).toMatchObject({ created: 60, skipped: 60 });
  });

  it('is decided anew where it was Kratos that broke', async () => {
    let breaks = true;
    const kratos = new KratosInMemory({
      poisonedBy: ({ traits }) =>
        breaks && traits['email'] === 'ann@example.com'
          ? new KratosError('broken', 'Kratos answered 500', { status: 500 })
          : undefined,
    });
    const run = await PlannedRun.of(FILE, { kratos });
    kratos.store(identityOf({ email: 'ben@example.com' }));
    await die(run, kratos, 'before', 'findByIdentifier');
    breaks = false;
    await attempt(run, kratos);
    expect(await outcomesOf(run)).toEqual(['created', 'skipped']);
  });
});
