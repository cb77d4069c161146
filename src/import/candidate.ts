import { signInsOf, uniqueReader, type UniqueValue } from '../identity/identifiers.js';
import type { FoundIdentity, ImportRow, NewIdentity } from '../identity/identity.js';
import { keyOf, keysAt, type Key } from '../identity/keys.js';
import type { Profile } from '../identity/after-image.js';
import { isFrom, originOf } from '../identity/origin.js';
import type { Plan } from '../store/plan.js';
import { choosesPassword } from '../identity/ways-in.js';
import { passwordHashOf, type Passwords } from './credential.js';
import { profileOf, type ProfileContext } from './profile.js';

/** A valid row whose user is to be created, or exists already. */
export interface Candidate {
  line: number;
  importRow: ImportRow;
  /** What Kratos lets no other user have. */
  unique: UniqueValue[];
  /** Accounts elsewhere, which Kratos lets no other user have either. An existing user keeps their own. */
  signIns: UniqueValue[];
  /** What the user, or one in their way, can be found by: the key first, accounts elsewhere last. */
  identifiers: string[];
  /** Whether the user is to be invited to choose a password. */
  choosesPassword: boolean;
  /** Whether a user may have one of these in another Unicode form, which Kratos would let the row's user have, too. */
  mayHaveTwin: boolean;
  /** Whether this run has created the identity from this row, as an attempt that died may have done. */
  isOwn: (found: FoundIdentity) => boolean;
  /** Whether the identity is this row's user, by whatever it was created. */
  isSameUser: (found: FoundIdentity) => boolean;
  /** The same of an identity; undefined for one of a schema that the import cannot read. */
  uniqueOf: (found: FoundIdentity) => UniqueValue[] | undefined;
  /** The identity that the row is to become, but for its password. */
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
  const readUnique = uniqueReader(plan.schema);
  const readers = new Map(
    plan.otherSchemas.map((schema) => [schema.id, once(() => uniqueReader(schema))]),
  );
  const uniqueOf = ({ schemaId, fields }: FoundIdentity) =>
    schemaId === plan.schema.id ? readUnique(fields) : readers.get(schemaId)?.()(fields);

  return (importRow, line) => {
    const key = keyOf(importRow.traits, plan.map);
    const isSameUser = ({ fields }: FoundIdentity): boolean =>
      key !== undefined && keysAt(fields.traits, key.place).some((theirs) => isSame(key, theirs));
    const isOwn = (found: FoundIdentity): boolean => {
      const { metadata_admin } = found.fields;
      // The user may have changed the address since: then the line decides.
      const isThisRow = isSameUser(found) || originOf(metadata_admin)?.line === line;
      return isThisRow && isFrom(metadata_admin, run);
    };
    const unique = readUnique({ traits: importRow.traits, external_id: importRow.externalId });
    const named = identifiersOf(key, unique);
    const signIns = signInsOf(importRow);
    const profile = once(() => profileOf(context, importRow, line));
    const identity = once(async () => ({
      ...profile(),
      hashedPassword: await passwordHashOf(importRow, plan, passwords, signal),
    }));
    return {
      line,
      importRow,
      unique,
      signIns,
      identifiers: [...named, ...signIns.map(({ form }) => form)],
      choosesPassword: choosesPassword(importRow, plan),
      mayHaveTwin: named.some(hasOtherForm),
      isOwn,
      isSameUser,
      uniqueOf,
      profile,
      identity,
    };
  };
}

/** Each once; behind those that Unicode can write in another form, that form. */
function identifiersOf(key: Key | undefined, unique: UniqueValue[]): string[] {
  const others = unique.flatMap(({ form, foundBy }) => (foundBy === 'identifier' ? form : []));
  const forms = new Set([...(key ? [key.form] : []), ...others]);
  return [...forms].flatMap((form) => (hasOtherForm(form) ? [form, form.normalize('NFD')] : form));
}

function hasOtherForm(identifier: string): boolean {
  return identifier !== identifier.normalize('NFD');
}

function isSame(a: Key, b: Key): boolean {
  return a.form.normalize() === b.form.normalize();
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
