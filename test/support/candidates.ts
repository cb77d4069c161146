import type { Candidate } from '../../src/import/create-users.js';
import { isFrom } from '../../src/import/origin.js';
import type { NewIdentity } from '../../src/kratos/kratos.js';
import { comparable } from '../../src/rules/email.js';
import { RUN } from './planned-run.js';

/** Traits of the people of these tests: an address, and by chance a user name. */
export interface Person {
  email: string;
  username?: string;
}

/** An identity as this run makes it from a line; from another program's without one. */
export function identityOf(person: Person, line?: number): NewIdentity {
  return {
    schemaId: 'default',
    traits: { ...person },
    metadataAdmin: line === undefined ? {} : { csv_import: { ...RUN, line } },
    state: 'active',
    hashedPassword: '',
    verifiedEmails: [],
  };
}

export function candidateOf(person: Person, line: number): Candidate {
  const { email, username } = person;
  return {
    line,
    identifiers: [email, ...(username === undefined ? [] : [username])].map(comparable),
    identity: identityOf(person, line),
    isOwn: ({ metadataAdmin }) => isFrom(metadataAdmin, RUN, line),
    isSameUser: ({ traits }) => comparable(traits['email'] as string) === comparable(email),
  };
}

/** People on the lines from 2 on, named after their line. */
export function people(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) =>
    candidateOf({ email: `user${i + 2}@example.com` }, i + 2),
  );
}
