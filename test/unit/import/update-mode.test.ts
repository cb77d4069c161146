import { describe, expect, it } from 'vitest';
import type { NewIdentity } from '../../../src/identity/identity.js';
import { NO_COUNTS } from '../../../src/contract/import/outcomes.js';
import { KratosError } from '../../../src/kratos/kratos.js';
import { EVERYTHING, identityOf } from '../../support/candidates.js';
import { attempt, journalOf, outcomes } from '../../support/chunk-attempts.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { KratosInMemory, type KratosHabits } from '../../support/kratos-in-memory.js';
import { PlannedRun } from '../../support/planned-run.js';

const FILE = `email,role,username,state,badge,initial_password
new@example.com,user,,,,long enough
 Differs@Example.com ,admin,,inactive,7,long enough
same@example.com,user,,active,7,
empty@example.com,,,,,
`;

const SCHEMA = schemaOf({ role: { type: 'string' }, username: USERNAME_TRAIT });
const COLUMNS = { badge: 'metadata_public.hr.badge', username: 'traits.username' };

const stored = (email: string, role: string): NewIdentity => ({
  ...identityOf({ email, role }),
  metadataPublic: { hr: { badge: '7' }, other: 1 },
  metadataAdmin: { note: 'kept' },
  hashedPassword: 'their own',
});

function planned(kratos: KratosInMemory, file: string): Promise<PlannedRun> {
  const [header] = file.split('\n');
  const columns = Object.entries(COLUMNS).filter(([name]) => header!.split(',').includes(name));
  return PlannedRun.of(file, {
    kratos,
    input: { columns: Object.fromEntries(columns), allow: [...EVERYTHING] },
  });
}

async function given(habits: KratosHabits = {}, file = FILE) {
  const kratos = new KratosInMemory({ schemas: [SCHEMA], ...habits });
  return { kratos, run: await planned(kratos, file) };
}

describe('a run in update mode', () => {
  it('creates new users, changes what differs, and leaves the others', async () => {
    const { kratos, run } = await given();
    const differs = kratos.store({
      ...stored('differs@example.com', 'user'),
      metadataPublic: { other: 1 },
    });
    const same = kratos.store(stored('same@example.com', 'user'));
    const empty = kratos.store(stored('empty@example.com', 'admin'));

    const counts = await attempt(run, kratos, { mode: 'update' });

    expect(counts).toEqual({ ...NO_COUNTS, created: 1, updated: 1, unchanged: 2 });
    expect(await outcomes(run)).toEqual([
      expect.objectContaining({ line: 2, outcome: 'created', invitation: 'none' }),
      {
        line: 3,
        email: 'Differs@Example.com',
        outcome: 'updated',
        identityId: differs,
        invitation: 'none',
        changes: [
          { path: '/traits/role', before: 'user', after: 'admin' },
          { path: '/state', before: 'active', after: 'inactive' },
          {
            path: '/metadata_public/hr/badge',
            after: '7',
            made: { path: '/metadata_public/hr' },
          },
        ],
        effects: { kinds: ['deactivated'], roles: [{ from: 'user', to: 'admin' }] },
      },
      expect.objectContaining({ line: 4, outcome: 'unchanged', identityId: same }),
      expect.objectContaining({ line: 5, outcome: 'unchanged', identityId: empty }),
    ]);
    expect(kratos.identities.get(differs)).toEqual({
      ...stored('differs@example.com', 'admin'),
      metadataPublic: { other: 1, hr: { badge: '7' } },
      state: 'inactive',
    });
    expect(kratos.identities.get(same)).toEqual(stored('same@example.com', 'user'));
    expect(kratos.identities.get(empty)).toEqual(stored('empty@example.com', 'admin'));
    expect(kratos.requests).toEqual({
      createBatch: 1,
      storedIds: 0,
      findByIdentifier: 4,
      update: 1,
    });
  });

  it('changes nothing when it runs once more', async () => {
    const { kratos, run } = await given();
    kratos.store(stored('differs@example.com', 'user'));
    await attempt(run, kratos, { mode: 'update' });
    const before = structuredClone(kratos.identities);

    const again = await planned(kratos, FILE);
    // Without their origin, the users are not those of this run, whose id is the same.
    for (const identity of kratos.identities.values()) delete identity.metadataAdmin['csv_import'];
    const counts = await attempt(again, kratos, { mode: 'update' });

    expect(counts).toMatchObject({ unchanged: 4, updated: 0, created: 0 });
    expect(kratos.requests.update).toBe(1);
    for (const [id, { traits, state }] of before) {
      expect(kratos.identities.get(id)).toMatchObject({ traits, state });
    }
  });

  it('hashes no password of a user who exists, and touches no credential', async () => {
    const { kratos, run } = await given();
    const id = kratos.store(stored('differs@example.com', 'user'));
    const hashed: string[] = [];
    await attempt(run, kratos, {
      mode: 'update',
      hash: async (password) => {
        hashed.push(password);
        return 'hash';
      },
    });
    expect(hashed).toHaveLength(1);
    expect(kratos.identities.get(id)?.hashedPassword).toBe('their own');
  });

  it('records what it is about to change before the first change', async () => {
    const people = Array.from({ length: 60 }, (_, i) => `user${i}@example.com`);
    const text = people.map((email) => `${email},admin\n`).join('');
    const { kratos, run } = await given({}, `email,role\n${text}`);
    for (const email of people) kratos.store(stored(email, 'user'));
    const seen: number[] = [];
    kratos.beforeRequest = async (request) => {
      if (request === 'update') seen.push((await journalOf(run)).intents.size);
    };
    await attempt(run, kratos, { mode: 'update' });
    // In groups of fifty, so that no change waits for the look-ups of a whole chunk.
    expect(seen).toEqual([...Array<number>(50).fill(50), ...Array<number>(10).fill(60)]);
    expect((await journalOf(run)).intents.get(2)).toEqual([
      { path: '/traits/role', before: 'user', after: 'admin' },
    ]);
  });
});

describe('a change that Kratos does not take', () => {
  const file = 'email,role,username\nann@example.com,admin,boss\nben@example.com,admin,\n';
  const people = (kratos: KratosInMemory) =>
    ['ann@example.com', 'ben@example.com'].map((email) => kratos.store(stored(email, 'user')));

  it('is identifier_conflict when another user has the new user name', async () => {
    const { kratos, run } = await given({}, file);
    const [ann] = people(kratos);
    kratos.store(identityOf({ email: 'other@example.com', username: 'Boss' }));
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1, updated: 1 });
    expect((await outcomes(run))[0]).toMatchObject({
      outcome: 'failed',
      codes: ['identifier_conflict'],
      raw: 'ann@example.com,admin,boss',
    });
    expect(kratos.identities.get(ann!)).toEqual(stored('ann@example.com', 'user'));
  });

  it.each([
    [400, 'schema_violation', 'Kratos answered 400: not this one'],
    [422, 'rejected', 'Kratos answered 422 for this row: not this one'],
  ])('costs its row when it is answered with %i', async (status, code, reason) => {
    const refuses = ({ traits }: NewIdentity) =>
      traits['username'] === 'boss' ? { status, reason: 'not this one' } : undefined;
    const { kratos, run } = await given({ refuses }, file);
    people(kratos);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1, updated: 1 });
    expect((await outcomes(run))[0]).toMatchObject({ outcome: 'failed', codes: [code], reason });
  });

  it('is tried three times when Kratos breaks on it, and costs its row then', async () => {
    const poisonedBy = ({ traits }: NewIdentity) =>
      traits['username'] === 'boss'
        ? new KratosError('broken', 'Kratos answered 500', { status: 500 })
        : undefined;
    const { kratos, run } = await given({ poisonedBy }, file);
    people(kratos);
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1, updated: 1 });
    expect(kratos.requests.update).toBe(4);
    expect((await outcomes(run))[0]).toMatchObject({ outcome: 'failed', codes: ['rejected'] });
  });

  it('since the user was deleted meanwhile costs its row', async () => {
    const { kratos, run } = await given({}, file);
    const [ann] = people(kratos);
    kratos.beforeRequest = (request) => {
      if (request === 'update') kratos.identities.delete(ann!);
    };
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1, updated: 1 });
    expect((await outcomes(run))[0]).toMatchObject({ outcome: 'failed', codes: ['rejected'] });
  });
});

describe('a row whose user name is another’s', () => {
  it('is identifier_conflict in update mode, without a request to create it', async () => {
    const { kratos, run } = await given({}, 'email,username\nann@example.com,boss\n');
    kratos.store(identityOf({ email: 'other@example.com', username: 'boss' }));
    expect(await attempt(run, kratos, { mode: 'update' })).toMatchObject({ failed: 1 });
    expect((await outcomes(run))[0]!.codes).toEqual(['identifier_conflict']);
    expect(kratos.requests).toMatchObject({ createBatch: 0, update: 0, findByIdentifier: 2 });
  });
});
