import { addressPath, type ColumnMap } from '../identity/columns.js';
import { normalizeIdentifier } from '../identity/email.js';
import type { FoundIdentity, ImportRow, NewIdentity } from '../identity/identity.js';
import { valueAt } from '../identity/json-pointer.js';
import type { Profile } from '../identity/after-image.js';
import { isFrom, originOf } from '../identity/origin.js';
import { identifierPaths } from '../identity/schema.js';
import type { Plan } from '../store/plan.js';
import { passwordHashOf, type Passwords } from './credential.js';
import { profileOf, type ProfileContext } from './profile.js';

/** A valid row whose user is to be created, or exists already. */
export interface Candidate {
  line: number;
  importRow: ImportRow;
  /** What the user can be found by: the address first. */
  identifiers: string[];
  /** Whether this run has created the identity from this row, as an attempt that died may have done. */
  isOwn: (found: FoundIdentity) => boolean;
  /** Whether the identity is this row's user, by whatever it was created. */
  isSameUser: (found: FoundIdentity) => boolean;
  /** The identity that the row is to become, but for its credential. */
  profile: () => Profile;
  /** All of it; its password is hashed on the first call. */
  identity: () => Promise<NewIdentity>;
}

export interface CandidateContext extends ProfileContext {
  plan: Plan;
  passwords: Passwords;
  /** Ends the hashing of an attempt that is given up. */
  signal: AbortSignal;
}

export function candidateMaker(
  context: CandidateContext,
): (row: ImportRow, line: number) => Candidate {
  const { run, plan, passwords, signal } = context;
  const paths = identifierPaths(plan.schema);

  return (importRow, line) => {
    const isSameUser = ({ fields }: FoundIdentity): boolean =>
      addressIn(fields.traits, plan.map) === normalizeIdentifier(importRow.email);
    const isOwn = (found: FoundIdentity): boolean => {
      const { metadata_admin } = found.fields;
      // The user may have changed the address since: then the line decides.
      const isThisRow = isSameUser(found) || originOf(metadata_admin)?.line === line;
      return isThisRow && isFrom(metadata_admin, run);
    };
    const profile = once(() => profileOf(context, importRow, line));
    const identity = once(async () => ({
      ...profile(),
      hashedPassword: await passwordHashOf(importRow, passwords, signal),
    }));
    return {
      line,
      importRow,
      identifiers: identifiersOf(importRow, paths),
      isOwn,
      isSameUser,
      profile,
      identity,
    };
  };
}

/** Each once, in the form in which Kratos compares them. */
function identifiersOf(importRow: ImportRow, paths: string[][]): string[] {
  const others = paths.flatMap((path) => {
    const value = valueAt(importRow.traits, path);
    return typeof value === 'string' ? [normalizeIdentifier(value)] : [];
  });
  return [...new Set([normalizeIdentifier(importRow.email), ...others])];
}

function addressIn(traits: object, map: ColumnMap): string | undefined {
  const address = valueAt(traits, addressPath(map));
  return typeof address === 'string' ? normalizeIdentifier(address) : undefined;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
