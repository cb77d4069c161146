/** An attempt that is believed dead and is only slow, beside the attempt that took its place. */
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../../src/contract/import/input.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, outcomes } from '../../support/chunk-attempts.js';
import { KratosInMemory, type Request } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const FILE = `email,role,initial_password
ann@example.com,admin,long enough
ben@example.com,admin,long enough
`;

/** Holds the first attempt at one of its requests until the second attempt is done; the results of both. */
async function slowAndQuick(
  kratos: KratosInMemory,
  [slow, quick]: [slow: Mode, quick: Mode],
  when: 'beforeRequest' | 'afterRequest',
  request: Request,
) {
  const run = await PlannedRun.of(FILE, { kratos });
  let release: () => void = () => undefined;
  const held = new Promise<void>((isHeld) => {
    let times = 0;
    kratos[when] = async (each) => {
      if (each !== request || times++ > 0) return;
      isHeld();
      await new Promise<void>((go) => (release = go));
    };
  });
  const first = attempt(run, kratos, { mode: slow });
  await held;
  const second = await attempt(run, kratos, { mode: quick });
  const saved = await outcomes(run);
  release();
  return { run, second, saved, first: await first };
}

describe('of two attempts at once', () => {
  it.each([true, false])(
    'the slow one does not skip the users that the quick one created (Kratos rolls back: %s)',
    async (rollsBackOnConflict) => {
      const kratos = new KratosInMemory({ rollsBackOnConflict });
      const { run, first, second, saved } = await slowAndQuick(
        kratos,
        ['skip', 'skip'],
        'beforeRequest',
        'createBatch',
      );
      expect(second).toMatchObject({ created: 2, skipped: 0 });
      expect(first).toEqual(second);
      expect(await outcomes(run)).toEqual(saved);
      expect(kratos.identities.size).toBe(2);
      // The slow attempt looked the users up, and did not only take the outcomes on disk.
      expect(kratos.requests.findByIdentifier).toBe(2);
    },
  );

  it('the quick one does not skip the users that the slow one created', async () => {
    const kratos = new KratosInMemory();
    const { first, second, saved } = await slowAndQuick(
      kratos,
      ['skip', 'skip'],
      'afterRequest',
      'createBatch',
    );
    expect(saved.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect(first).toEqual(second);
    expect(kratos.identities.size).toBe(2);
  });

  it.each<[when: 'beforeRequest' | 'afterRequest', request: Request]>([
    ['afterRequest', 'findByIdentifier'],
    ['beforeRequest', 'update'],
    ['afterRequest', 'update'],
  ])(
    'both record the values before the first change, wherever the slow one is (%s %s)',
    async (when, request) => {
      const kratos = new KratosInMemory();
      for (const name of ['ann', 'ben']) {
        kratos.store(identityOf({ email: `${name}@example.com`, role: 'user' }));
      }
      const { first, second, saved } = await slowAndQuick(
        kratos,
        ['update', 'update'],
        when,
        request,
      );
      const changes = [{ path: '/traits/role', before: 'user', after: 'admin' }];
      expect(saved).toMatchObject(Array(2).fill({ outcome: 'updated', changes }));
      expect(first).toEqual(second);
      expect(second).toMatchObject({ updated: 2 });
    },
  );

  it('the outcomes of the one that was done first are kept', async () => {
    const kratos = new KratosInMemory();
    kratos.store(identityOf({ email: 'ann@example.com', role: 'user' }));
    const { run, first, second, saved } = await slowAndQuick(
      kratos,
      ['skip', 'update'],
      'beforeRequest',
      'createBatch',
    );
    expect(second).toMatchObject({ updated: 1, created: 1 });
    expect(await outcomes(run)).toEqual(saved);
    expect(first).toEqual(second);
  });
});
