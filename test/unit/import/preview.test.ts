import { access } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { EVERYTHING, identityOf } from '../../support/candidates.js';
import { attempt, journalPathOf, outcomes } from '../../support/chunk-attempts.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const FILE = `email,username,role,initial_password
new@example.com,,user,long enough
there@example.com,,admin,long enough
same@example.com,,user,
taken@example.com,boss,user,
nobody,,user,
`;

async function given() {
  const schemas = [schemaOf({ username: USERNAME_TRAIT, role: { type: 'string' } })];
  const kratos = new KratosInMemory({ schemas });
  const ids = {
    there: kratos.store(identityOf({ email: 'THERE@example.com', role: 'user' })),
    same: kratos.store(identityOf({ email: 'same@example.com', role: 'user' })),
    boss: kratos.store(identityOf({ email: 'boss@example.com', username: 'boss' })),
  };
  const run = await PlannedRun.of(FILE, {
    kratos,
    input: {
      dryRun: 'live',
      onInvalid: 'import-valid',
      columns: { username: 'traits.username' },
    },
  });
  return { kratos, ids, run };
}

const EXPECTED = {
  skip: [
    { outcome: 'would_create' },
    { outcome: 'would_skip', name: 'there' },
    { outcome: 'would_skip', name: 'same' },
    { outcome: 'failed', codes: ['identifier_conflict'] },
    { outcome: 'invalid' },
  ],
  update: [
    { outcome: 'would_create' },
    { outcome: 'would_update', name: 'there' },
    { outcome: 'unchanged', name: 'same' },
    { outcome: 'failed', codes: ['identifier_conflict'] },
    { outcome: 'invalid' },
  ],
} as const;

describe.each(['skip', 'update'] as const)('a live dry run in %s mode', (mode) => {
  it('says what each row would do', async () => {
    const { kratos, ids, run } = await given();
    const counts = await attempt(run, kratos, { mode });
    expect(counts).toEqual({
      ...NO_COUNTS,
      would_create: 1,
      failed: 1,
      invalid: 1,
      ...(mode === 'skip' ? { would_skip: 2 } : { would_update: 1, unchanged: 1 }),
    });
    expect(await outcomes(run)).toMatchObject(
      EXPECTED[mode].map(({ outcome, ...more }, i) => ({
        line: i + 2,
        outcome,
        invitation: 'none',
        ...('codes' in more && { codes: more.codes }),
        ...('name' in more && { identityId: ids[more.name] }),
        ...(outcome === 'would_update' && {
          changes: [{ path: '/traits/role', before: 'user', after: 'admin' }],
          effects: { kinds: [], roles: [{ from: 'user', to: 'admin' }] },
        }),
      })),
    );
  });

  it('sends nothing but look-ups, changes nothing and leaves no journal', async () => {
    const { kratos, run } = await given();
    const before = structuredClone(kratos.identities);
    await attempt(run, kratos, {
      mode,
      hash: () => {
        throw new Error('hashed');
      },
    });
    // The row with a user name is looked up by both of its identifiers.
    expect(kratos.requests).toEqual({
      createBatch: 0,
      storedIds: 0,
      findByIdentifier: 5,
      update: 0,
    });
    expect(kratos.identities).toEqual(before);
    await expect(access(await journalPathOf(run))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sends nothing but look-ups also when Kratos is away for a while', async () => {
    const { kratos, run } = await given();
    let times = 0;
    kratos.beforeRequest = () => {
      if (times++ === 2) throw new KratosError('unavailable', 'x', { answerLost: true });
    };
    expect(await attempt(run, kratos, { mode })).toMatchObject({ would_create: 1, failed: 1 });
    expect(kratos.requests).toMatchObject({ createBatch: 0, update: 0, findByIdentifier: 5 });
  });

  it('does nothing once its attempt is given up', async () => {
    const { kratos, run } = await given();
    const control = new AbortController();
    kratos.afterRequest = () => control.abort();
    await expect(attempt(run, kratos, { mode, signal: control.signal })).rejects.toThrow();
    expect(kratos.requests.findByIdentifier).toBe(1);
    await expect(outcomes(run)).rejects.toThrow('has no outcomes');
  });
});

describe('a live dry run of a change of user name', () => {
  it.each([
    ['is free', 'free', 'would_update'],
    ['is the user’s own already, in another case', 'Ann', 'would_update'],
    ['is another user’s', 'boss', 'failed'],
  ])('says whether Kratos would take it: %s', async (_what, username, outcome) => {
    const schemas = [schemaOf({ username: USERNAME_TRAIT })];
    const kratos = new KratosInMemory({ schemas });
    kratos.store(identityOf({ email: 'ann@example.com', username: 'ann' }));
    kratos.store(identityOf({ email: 'other@example.com', username: 'boss' }));
    const run = await PlannedRun.of(`email,username\nann@example.com,${username}\n`, {
      kratos,
      input: { dryRun: 'live', columns: { username: 'traits.username' }, allow: [...EVERYTHING] },
    });
    await attempt(run, kratos, { mode: 'update' });
    const [result] = await outcomes(run);
    expect(result?.outcome).toBe(outcome);

    // The import then has the same outcome.
    const real = await PlannedRun.of(`email,username\nann@example.com,${username}\n`, {
      kratos,
      input: { columns: { username: 'traits.username' }, allow: [...EVERYTHING] },
    });
    await attempt(real, kratos, { mode: 'update' });
    expect((await outcomes(real))[0]?.outcome).toBe(outcome.replace('would_update', 'updated'));
  });
});
