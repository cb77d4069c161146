/** A chunk whose worker is being ended in the middle of it. */
import { describe, expect, it } from 'vitest';
import { HandedBackError } from '../../../src/contract/errors.js';
import type { Mode } from '../../../src/contract/import/input.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { doubts } from '../../../src/store/chunk-journal.js';
import { identityOf } from '../../support/candidates.js';
import { attempt, journalOf, outcomes, type AttemptKeys } from '../../support/chunk-attempts.js';
import { KratosInMemory, type Request } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const PEOPLE = ['ann', 'ben', 'cyd', 'dan'];
const FILE = `email,role,initial_password
${PEOPLE.map((name) => `${name}@example.com,admin,long enough`).join('\n')}
`;

const userOf = (name: string) => identityOf({ email: `${name}@example.com`, role: 'user' });

/** Ends the worker while its first request of this kind is with Kratos, and begins the chunk again elsewhere. */
async function endedWithin(
  kratos: KratosInMemory,
  request: Request,
  keys: AttemptKeys = {},
  sincePlanned: string[] = [],
) {
  const run = await PlannedRun.of(FILE, { kratos });
  for (const name of sincePlanned) await kratos.createBatch([userOf(name)]);
  const control = new AbortController();
  kratos.afterRequest = (each) => {
    if (each === request) control.abort(new HandedBackError('ended'));
  };
  const requests = () => Object.values(kratos.requests).reduce((sum, count) => sum + count, 0);
  const first = await attempt(run, kratos, { ...keys, handBack: control.signal }).catch(
    (error: unknown) => error,
  );
  const sent = requests();
  const left = await journalOf(run);
  kratos.afterRequest = () => undefined;
  const second = await attempt(run, kratos, { ...keys, number: 2 });
  return { run, first, second, sent, left, again: requests() - sent };
}

describe('a chunk whose worker is being ended', () => {
  it('is done where its last batch was with Kratos, and costs the next worker nothing', async () => {
    const kratos = new KratosInMemory();
    const { first, second, again } = await endedWithin(kratos, 'createBatch');
    expect(first).toMatchObject({ created: PEOPLE.length });
    expect(second).toEqual(first);
    expect(again).toBe(0);
  });

  it('is handed back with what its batch decided, where look-ups of conflicts were still to come', async () => {
    const kratos = new KratosInMemory();
    const since = ['ben'];
    const { run, first, second } = await endedWithin(kratos, 'createBatch', {}, since);
    expect(first).toBeInstanceOf(HandedBackError);
    expect(second).toMatchObject({ created: PEOPLE.length - 1, skipped: 1, failed: 0 });
    expect(kratos.identities.size).toBe(PEOPLE.length);
    expect((await outcomes(run)).map(({ outcome }) => outcome)).toEqual([
      'created',
      'skipped',
      'created',
      'created',
    ]);
  });

  it.each<[Mode, Request]>([['update', 'update']])(
    'in mode %s each user is changed once, and counted as changed',
    async (mode, request) => {
      const kratos = new KratosInMemory();
      await kratos.createBatch(PEOPLE.map(userOf));
      const { first, second, sent, left } = await endedWithin(kratos, request, { mode });
      expect(first).toBeInstanceOf(HandedBackError);
      expect(sent).toBeGreaterThan(0);
      expect(doubts(left)(undefined)).toBe(false);
      expect(second).toMatchObject({ updated: PEOPLE.length, failed: 0 });
      expect(kratos.requests.update).toBe(PEOPLE.length);
    },
  );

  it('says whom its batches at once have created, where some of them were not sent any more', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `user${i}@example.com,user,long enough`);
    const kratos = new KratosInMemory();
    const run = await PlannedRun.of(['email,role,initial_password', ...rows].join('\n'), {
      kratos,
    });
    const control = new AbortController();
    kratos.afterRequest = () => control.abort(new HandedBackError('ended'));
    const handedBack = attempt(run, kratos, { handBack: control.signal });
    await expect(handedBack).rejects.toBeInstanceOf(HandedBackError);

    const created = kratos.identities.size;
    expect(created).toBeGreaterThan(0);
    expect(created).toBeLessThan(rows.length);
    const journal = await journalOf(run);
    expect(journal.outcomes.size).toBe(created);
    expect(doubts(journal)(undefined)).toBe(false);

    kratos.afterRequest = () => undefined;
    expect(await attempt(run, kratos, { number: 2 })).toMatchObject({ created: rows.length });
    const withoutHash = (await outcomes(run)).filter(({ after }) => !after?.password);
    expect(withoutHash).toEqual([]);
  });

  it('leaves its rows in doubt where the answer to its batch was lost', async () => {
    const kratos = new KratosInMemory();
    const run = await PlannedRun.of(FILE, { kratos });
    const control = new AbortController();
    kratos.afterRequest = () => {
      control.abort(new HandedBackError('ended'));
      throw new KratosError('unavailable', 'no answer', { answerLost: true });
    };
    await expect(attempt(run, kratos, { handBack: control.signal })).rejects.toThrow();
    expect(kratos.identities.size).toBe(PEOPLE.length);
    expect(doubts(await journalOf(run))(2)).toBe(true);
  });

  it('does not wait for its passwords to be hashed', async () => {
    const kratos = new KratosInMemory();
    const run = await PlannedRun.of(FILE, { kratos });
    const control = new AbortController();
    const hash: AttemptKeys['hash'] = (_password, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        control.abort(new HandedBackError('ended'));
      });
    const handedBack = attempt(run, kratos, { hash, handBack: control.signal });
    await expect(handedBack).rejects.toBeInstanceOf(HandedBackError);
    expect(kratos.requests.createBatch).toBe(0);
  });
});
