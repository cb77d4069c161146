import { describe, expect, it } from 'vitest';
import type { FoundIdentity } from '../../../src/identity/identity.js';
import { candidateMaker, type Candidate } from '../../../src/import/candidate.js';
import type { Plan } from '../../../src/store/plan.js';
import { passwordHashProblem } from '../../../src/passwords/hash-formats.js';
import { identityOf, mapOf, type Person } from '../../support/candidates.js';
import { schemaOf, USERNAME_TRAIT } from '../../support/identity-schemas.js';
import { toFields } from '../../support/kratos-in-memory.js';
import { RUN } from '../../support/planned-run.js';

const SCHEMA = schemaOf({ username: USERNAME_TRAIT });
const NOW = new Date('2026-11-02T10:00:00Z');

/** A candidate on line 7, and the passwords that were hashed for it. */
function made(person: Person): { candidate: Candidate; hashed: string[] } {
  const { password, ...traits } = person;
  const hashed: string[] = [];
  const passwords = {
    hash: async (plain: string) => {
      hashed.push(plain);
      return 'hash';
    },
    bcryptCost: 4,
  };
  const plan = {
    file: 'users.csv',
    actor: 'alice',
    schema: SCHEMA,
    otherSchemas: [],
    map: mapOf(['email', 'username'], { username: 'traits.username' }, SCHEMA),
    markEmailVerified: false,
  } as unknown as Plan;
  const row = {
    email: person.email,
    traits,
    metadataPublic: {},
    metadataAdmin: { team: 'a' },
    ...(password !== undefined && { password }),
  };
  const { signal } = new AbortController();
  const toCandidate = candidateMaker({ run: RUN, plan, passwords, at: NOW, signal });
  return { candidate: toCandidate(row, 7), hashed };
}

const found = (person: Person, line?: number): FoundIdentity => ({
  id: 'id-1',
  schemaId: 'default',
  fields: toFields(identityOf(person, line)),
});

const ANN = { email: ' Ann@Example.com', username: 'ANN' };

describe('a candidate', () => {
  it('is looked up by its address first, then by its other identifiers, each once', () => {
    expect(made(ANN).candidate.identifiers).toEqual(['ann@example.com', 'ann']);
    expect(made({ email: 'ann@example.com' }).candidate.identifiers).toEqual(['ann@example.com']);
    const same = { email: 'ann@example.com', username: 'Ann@example.com' };
    expect(made(same).candidate.identifiers).toEqual(['ann@example.com']);
  });

  it('is looked up in the other Unicode form, too, of what has one', () => {
    const { candidate } = made({ email: 'zo\u00e9@example.com', username: 'ann' });
    expect(candidate.identifiers).toEqual(['zo\u00e9@example.com', 'zoe\u0301@example.com', 'ann']);
    expect(candidate.mayHaveTwin).toBe(true);
    expect(candidate.isSameUser(found({ email: 'zoe\u0301@example.com' }))).toBe(true);
    expect(made(ANN).candidate.mayHaveTwin).toBe(false);
  });

  it('has its password hashed when its identity is asked for, and once only', async () => {
    const { candidate, hashed } = made({ ...ANN, password: 'long enough' });
    expect(hashed).toEqual([]);
    expect(await candidate.identity()).toBe(await candidate.identity());
    expect(hashed).toEqual(['long enough']);
  });

  it('keeps its own metadata beside its origin', async () => {
    const { metadataAdmin, hashedPassword } = await made(ANN).candidate.identity();
    expect(metadataAdmin).toEqual({
      team: 'a',
      csv_import: {
        ...RUN,
        file: 'users.csv',
        line: 7,
        actor: 'alice',
        at: NOW.toISOString(),
        invitation: { dueSince: NOW.toISOString() },
      },
    });
    expect(passwordHashProblem(hashedPassword!)).toBeUndefined();
  });

  it.each<[what: string, person: Person, line: number | undefined, same: boolean, own: boolean]>([
    ['by the address, made from this line', { email: 'ANN@example.com ' }, 7, true, true],
    ['by the address, made from another line of this run', ANN, 8, true, true],
    ['by the address, made by another program', ANN, undefined, true, false],
    ['by the user name, made from this line', { email: 'new@example.com' }, 7, false, true],
    ['by the user name, made from another line', { email: 'ben@example.com' }, 8, false, false],
    ['by the user name, made by others', { email: 'ben@example.com' }, undefined, false, false],
  ])(
    'recognizes its user, and a user who was created from it: %s',
    (_what, person, line, same, own) => {
      const { candidate } = made(ANN);
      expect(candidate.isSameUser(found(person, line))).toBe(same);
      expect(candidate.isOwn(found(person, line))).toBe(own);
    },
  );

  it.each([null, undefined, 'text', { csv_import: null }, { csv_import: { line: 7 } }])(
    'recognizes no user as created from it by strange metadata (%j)',
    (metadata_admin) => {
      const { candidate } = made(ANN);
      const { id, fields } = found(ANN);
      expect(
        candidate.isOwn({ id, schemaId: 'default', fields: { ...fields, metadata_admin } }),
      ).toBe(false);
    },
  );

  it('is not that of an identity without an address', () => {
    const { candidate } = made(ANN);
    const traits = { username: 'ann' };
    expect(candidate.isSameUser({ id: 'id-1', schemaId: 'default', fields: { traits } })).toBe(
      false,
    );
  });
});
