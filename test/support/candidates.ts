/** Candidates made by the real code, without a file and a plan on disk. */
import type { Passwords } from '../../src/import/credential.js';
import type { NewIdentity } from '../../src/identity/identity.js';
import { candidateMaker, type Candidate } from '../../src/import/candidate.js';
import type { Plan } from '../../src/store/plan.js';
import type { ColumnMap } from '../../src/identity/columns.js';
import { mapColumns } from '../../src/identity/map-columns.js';
import { ORIGIN_KEY } from '../../src/identity/origin.js';
import { schemaOf, USERNAME_TRAIT } from './identity-schemas.js';
import { RUN } from './planned-run.js';

/** The values of a row in these tests. */
export interface Person {
  email: string;
  username?: string;
  role?: string;
  first_name?: string;
  password?: string;
}

const SCHEMA = schemaOf({
  username: USERNAME_TRAIT,
  role: { type: 'string' },
  first_name: { type: 'string' },
});

const PEOPLE_MAP = mapOf(
  ['email', 'username', 'role', 'first_name', 'initial_password'],
  { username: 'traits.username' },
  SCHEMA,
);

export function mapOf(
  names: string[],
  columns: Record<string, string>,
  schema: Parameters<typeof mapColumns>[2],
): ColumnMap {
  const mapped = mapColumns(names, columns, schema);
  if (!mapped.ok) throw new Error(mapped.problem.message);
  return mapped.map;
}

const NOW = new Date('2026-11-02T10:00:00Z');
const PASSWORDS: Passwords = { hash: async (password) => `hash of ${password}`, bcryptCost: 4 };
export const PEOPLE_PLAN = {
  file: 'users.csv',
  actor: 'alice',
  schema: SCHEMA,
  otherSchemas: [],
  map: PEOPLE_MAP,
  roles: ['admin', 'user'],
  allow: [],
  markEmailVerified: false,
  findings: {},
} as unknown as Plan;

/** All that an import can be allowed to do to existing users. */
export const EVERYTHING = ['activate', 'change-address', 'change-identifier'] as const;

/** @param line the line of a row of this run; absent for an identity that another program made */
export function identityOf({ password, ...traits }: Person, line?: number): NewIdentity {
  return {
    schemaId: 'default',
    traits: { ...traits },
    metadataAdmin: line === undefined ? {} : { [ORIGIN_KEY]: { ...RUN, line } },
    state: 'active',
    hashedPassword: password === undefined ? '' : `hash of ${password}`,
    verifiedEmails: [],
  };
}

/** The candidate of a row of this run. */
export function candidateOf(person: Person, line: number): Candidate {
  const { signal } = new AbortController();
  const { password, ...traits } = person;
  const row = {
    email: person.email,
    traits,
    metadataPublic: {},
    metadataAdmin: {},
    ...(password !== undefined && { password }),
  };
  return candidateMaker({ run: RUN, plan: PEOPLE_PLAN, passwords: PASSWORDS, at: NOW, signal })(
    row,
    line,
  );
}

/** People on the lines from 2 on, named after their line. */
export function people(count: number, more: Omit<Person, 'email'> = {}): Candidate[] {
  return Array.from({ length: count }, (_, i) =>
    candidateOf({ email: `user${i + 2}@example.com`, ...more }, i + 2),
  );
}
