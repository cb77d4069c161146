import { access } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { EVERYTHING, identityOf } from '../../support/candidates.js';
import { readOutcomes } from '../../../src/store/outcomes.js';
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
    expect(await readOutcomes(await run.chunk(1))).toBeUndefined();
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

describe('a live dry run of an update', () => {
  const text = { type: 'string' };
  const schema = schemaOf(
    { kind: text, vat: text },
    {
      if: { properties: { kind: { const: 'person' } }, required: ['kind'] },
      then: { not: { required: ['vat'] } },
    },
  );
  const dryRun = async (vat: object) => {
    const kratos = new KratosInMemory({ schemas: [schema] });
    const traits = { email: 'ann@example.com', kind: 'company', ...vat };
    kratos.store({ ...identityOf({ email: 'ann@example.com' }), traits });
    const run = await PlannedRun.of('email,kind\nann@example.com,person\n', {
      kratos,
      input: { dryRun: 'live', columns: { kind: 'traits.kind' } },
    });
    await attempt(run, kratos, { mode: 'update' });
    return outcomes(run);
  };

  it('holds the row together with what the user has to the schema', async () => {
    expect(await dryRun({ vat: 'secret-17' })).toEqual([
      expect.objectContaining({
        outcome: 'failed',
        codes: ['schema_violation'],
        reason: 'with what the user has already, the traits: must not match the schema in "not"',
      }),
    ]);
    expect(await dryRun({})).toMatchObject([{ outcome: 'would_update' }]);
  });

  it('names of what the user has no more than the trait', async () => {
    const [outcome] = await dryRun({ email: 'ann@example.com', strange: { 'ann@secret.org': 1 } });
    expect(outcome?.reason).toBe(
      'with what the user has already, the trait strange must not have additional properties',
    );
  });
});

describe('a live dry run of what a user of another schema has', () => {
  const each = (via: string, use: object) => ({ type: 'string', 'ory.sh/kratos': { [via]: use } });
  const backup = each('recovery', { via: 'email' });
  const contact = each('verification', { via: 'email' });
  const schema = schemaOf({ backup });
  const content = 'email,backup\nnew@example.com,b@example.com\n';

  it.each([
    ['for another purpose, which both may have', { contact }, 'would_create'],
    ['for the same purpose', { contact: backup }, 'failed'],
  ])('says whether Kratos would take it: %s', async (_what, traits, outcome) => {
    const other = { ...schemaOf(traits), id: 'other' };
    const kratos = new KratosInMemory({ schemas: [schema, other] });
    kratos.store({
      ...identityOf({ email: 'holder@example.com' }),
      schemaId: 'other',
      traits: { email: 'holder@example.com', contact: 'b@example.com' },
    });
    const input = { dryRun: 'live', columns: { backup: 'traits.backup' } };
    const run = await PlannedRun.of(content, { kratos, input });
    await attempt(run, kratos);
    expect(await outcomes(run)).toMatchObject([{ outcome }]);
  });
});

describe('a live dry run of what another user has', () => {
  const backup = { type: 'string', 'ory.sh/kratos': { recovery: { via: 'email' } } };
  const schema = schemaOf({ username: USERNAME_TRAIT, backup });
  const columns = { username: 'traits.username', backup: 'traits.backup' };
  const holder = (traits: object, externalId?: string): NewIdentity => ({
    ...identityOf({ email: 'holder@example.com' }),
    traits: { email: 'holder@example.com', ...traits },
    ...(externalId !== undefined && { externalId }),
  });

  it.each([
    ['an external id', 'email,external_id\nnew@example.com,e-1\n', holder({}, 'e-1')],
    ['a user name', 'email,username\nnew@example.com,BOSS\n', holder({ username: 'boss' })],
    [
      'the address, as a user name',
      'email\nboss@example.com\n',
      holder({ username: 'boss@example.com' }),
    ],
    [
      'a further address',
      'email,backup\nnew@example.com,B@example.com\n',
      holder({ backup: 'b@example.com' }),
    ],
    [
      'the address, as a further one',
      'email\nb@example.com\n',
      holder({ backup: 'b@example.com' }),
    ],
  ])(
    'says what the import does, to a new user and to one who exists: %s',
    async (_what, text, other) => {
      const kratos = new KratosInMemory({ schemas: [schema] });
      kratos.store(other);
      const input = { columns: columnsIn(text, columns), allow: [...EVERYTHING] };
      const real = await PlannedRun.of(text, { kratos, input });
      for (const mode of ['skip', 'update'] as const) {
        const dry = await PlannedRun.of(text, { kratos, input: { ...input, dryRun: 'live' } });
        await attempt(dry, kratos, { mode });
        const foreseen = await outcomes(dry);
        expect(foreseen[0]).toMatchObject({ outcome: 'failed', codes: ['identifier_conflict'] });
      }
      await attempt(real, kratos);
      expect(await outcomes(real)).toMatchObject([
        { outcome: 'failed', codes: ['identifier_conflict'] },
      ]);
    },
  );

  it.each([
    ['an external id', 'email,external_id\nann@example.com,e-1\n', holder({}, 'e-1')],
    [
      'a further address',
      'email,backup\nann@example.com,B@example.com\n',
      holder({ backup: 'b@example.com' }),
    ],
  ])('says that an update would fail: %s', async (_what, text, other) => {
    const kratos = new KratosInMemory({ schemas: [schema] });
    kratos.store(other);
    kratos.store(identityOf({ email: 'ann@example.com' }));
    const input = { columns: columnsIn(text, columns), allow: [...EVERYTHING] };
    const dry = await PlannedRun.of(text, { kratos, input: { ...input, dryRun: 'live' } });
    await attempt(dry, kratos, { mode: 'update' });
    const real = await PlannedRun.of(text, { kratos, input });
    await attempt(real, kratos, { mode: 'update' });
    const [foreseen, done] = [await outcomes(dry), await outcomes(real)];
    expect(foreseen).toMatchObject([{ outcome: 'failed', codes: ['identifier_conflict'] }]);
    expect(done).toMatchObject([{ outcome: 'failed', codes: ['identifier_conflict'] }]);
  });

  it('is no conflict where the user has the same value already', async () => {
    const kratos = new KratosInMemory({ schemas: [schema] });
    kratos.store(holder({ backup: 'b@example.com', username: 'boss' }, 'e-1'));
    const text = 'email,external_id,username,backup\nholder@example.com,e-1,Boss,B@example.com\n';
    const input = { columns, dryRun: 'live', allow: [...EVERYTHING] };
    const run = await PlannedRun.of(text, { kratos, input });
    await attempt(run, kratos, { mode: 'update' });
    expect(await outcomes(run)).toMatchObject([{ outcome: 'would_update' }]);
  });
});

describe('where the address is no identifier', () => {
  const schema = schemaOf({
    email: { type: 'string', 'ory.sh/kratos': { verification: { via: 'email' } } },
    username: USERNAME_TRAIT,
  });
  const text = 'email,username\nANN@example.com,other\nnew@example.com,new\n';

  it.each([
    ['skip', ['would_skip', 'would_create'], ['skipped', 'created']],
    ['update', ['would_update', 'would_create'], ['updated', 'created']],
  ] as const)('a user is found by it all the same, in %s mode', async (mode, foreseen, done) => {
    const kratos = new KratosInMemory({ schemas: [schema], signInWith: ['username'] });
    kratos.store(identityOf({ email: 'ann@example.com', username: 'ann' }));
    const input = { columns: { username: 'traits.username' }, allow: [...EVERYTHING] };
    const dry = await PlannedRun.of(text, { kratos, input: { ...input, dryRun: 'live' } });
    await attempt(dry, kratos, { mode });
    expect((await outcomes(dry)).map(({ outcome }) => outcome)).toEqual(foreseen);
    const real = await PlannedRun.of(text, { kratos, input });
    await attempt(real, kratos, { mode });
    expect((await outcomes(real)).map(({ outcome }) => outcome)).toEqual(done);
  });
});

describe('an identifier of another type of credentials', () => {
  it('is not in the way of a new user: Kratos takes both', async () => {
    const schema = schemaOf({
      username: USERNAME_TRAIT,
      nick: {
        type: 'string',
        'ory.sh/kratos': { credentials: { code: { identifier: true, via: 'email' } } },
      },
    });
    // Found by the user name, as Kratos's look-up finds it by whatever type.
    const kratos = new KratosInMemory({ schemas: [schema], signInWith: ['email', 'nick'] });
    kratos.store({
      ...identityOf({ email: 'holder@example.com' }),
      traits: { email: 'holder@example.com', nick: 'boss' },
    });
    const run = await PlannedRun.of('email,username\nnew@example.com,boss\n', {
      kratos,
      input: { dryRun: 'live', columns: { username: 'traits.username' } },
    });
    await attempt(run, kratos);
    expect(await outcomes(run)).toMatchObject([{ outcome: 'would_create' }]);
  });
});

function columnsIn(text: string, columns: Record<string, string>): Record<string, string> {
  const names = text.split('\n')[0]!.split(',');
  return Object.fromEntries(Object.entries(columns).filter(([name]) => names.includes(name)));
}
