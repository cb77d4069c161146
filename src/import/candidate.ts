import {
  signInsOf,
  uniqueReader,
  type UniqueFields,
  type UniqueValue,
} from '../identity/identifiers.js';
import type { FoundIdentity, ImportRow, NewIdentity } from '../identity/identity.js';
import { keyOf, keysAt, type Key } from '../identity/keys.js';
import type { Profile } from '../identity/after-image.js';
import { isFrom, markOf, originOf } from '../identity/origin.js';
import { keyDigest } from '../identity/source-mark.js';
import { stableIds } from '../identity/source-match.js';
import type { Plan } from '../store/plan.js';
import { choosesPassword } from '../identity/ways-in.js';
import { passwordHashOf, type Passwords } from './credential.js';
import { profileOf, type ProfileContext } from './profile.js';

/** A valid row whose user is to be created, or exists already. */
export interface Candidate {
  line: number;
  importRow: ImportRow;
  /** What Kratos lets no other user have. */
  readonly unique: UniqueValue[];
  /** Accounts elsewhere, which Kratos lets no other user have either. An existing user keeps their own. */
  readonly signIns: UniqueValue[];
  /** What the user, or one in their way, can be found by: the key first, accounts elsewhere last. */
  readonly identifiers: string[];
  /** By which the row's user is known whatever they sign in with; only rows of a source have it. */
  readonly externalId: string | undefined;
  /** Whether the user is to be invited to choose a password. */
  readonly choosesPassword: boolean;
  /** Whether a user may have one of these in another Unicode form, which Kratos would let the row's user have, too. */
  readonly mayHaveTwin: boolean;
  /** Whether this run has created the identity from this row, as an attempt that died may have done. */
  isOwn(found: FoundIdentity): boolean;
  /**
   * Whether the identity is this row's user, by whatever it was created.
   * @param isHinted whether validation, which knows all rows, has found so
   */
  isSameUser(found: FoundIdentity, isHinted?: boolean): boolean;
  /** Whether the identity has the row's key. */
  hasKey(found: FoundIdentity): boolean;
  /** The same of an identity; undefined for one of a schema that the import cannot read. */
  uniqueOf(found: FoundIdentity): UniqueValue[] | undefined;
  /** The identity that the row is to become, but for its password. */
  profile(): Profile;
  /** All of it. A promise only where a password is to be hashed, which is done on the first call. */
  identity(): NewIdentity | Promise<NewIdentity>;
}

export interface CandidateContext extends Omit<ProfileContext, 'at'> {
  plan: Plan;
  at: Date;
  passwords: Passwords;
  /** Ends the hashing of an attempt that is given up. */
  signal: AbortSignal;
}

export function candidateMaker(
  context: CandidateContext,
): (row: ImportRow, line: number) => Candidate {
  const { schema, otherSchemas } = context.plan;
  const readUnique = uniqueReader(schema);
  const readers = new Map(
    otherSchemas.map((other) => [other.id, once(() => uniqueReader(other))] as const),
  ).set(schema.id, () => readUnique);
  const ofAll = { ...context, at: context.at.toISOString(), readUnique, readers };
  return (importRow, line) => new RowCandidate(importRow, line, ofAll);
}

interface RowContext extends Omit<CandidateContext, 'at'>, Pick<ProfileContext, 'at'> {
  readUnique: (fields: UniqueFields) => UniqueValue[];
  /** By the schema's id. */
  readers: ReadonlyMap<string, () => (fields: UniqueFields) => UniqueValue[]>;
}

/**
 * A chunk's candidates stay in memory while Kratos creates their users. What only a conflict asks for is made when it is
 * asked for, and not kept.
 */
class RowCandidate implements Candidate {
  /** The identity itself, once it is made. */
  private knownProfile: Profile | undefined;
  private made: NewIdentity | Promise<NewIdentity> | undefined;

  constructor(
    readonly importRow: ImportRow,
    readonly line: number,
    private readonly context: RowContext,
  ) {}

  get unique(): UniqueValue[] {
    const { traits, externalId } = this.importRow;
    return this.context.readUnique({ traits, external_id: externalId });
  }

  get signIns(): UniqueValue[] {
    return signInsOf(this.importRow);
  }

  get identifiers(): string[] {
    return [...this.named, ...this.signIns.map(({ form }) => form)];
  }

  get externalId(): string | undefined {
    return this.context.plan.source && this.importRow.externalId;
  }

  get choosesPassword(): boolean {
    return choosesPassword(this.importRow, this.context.plan);
  }

  get mayHaveTwin(): boolean {
    // Spares most rows the reading of what is unique.
    return goesBeyondAscii(this.importRow.traits) && this.named.some(hasOtherForm);
  }

  isOwn(found: FoundIdentity): boolean {
    const { metadata_admin } = found.fields;
    // The user may have changed the address since: then the line decides.
    const isThisRow = this.isSameUser(found) || originOf(metadata_admin)?.line === this.line;
    return isThisRow && isFrom(metadata_admin, this.context.run);
  }

  isSameUser(found: FoundIdentity, isHinted = false): boolean {
    const { source } = this.context.plan;
    if (!source) return this.hasKey(found);
    const { importRow, key } = this;
    const theirs = stableIds(found);
    if (importRow.externalId !== undefined && theirs.externalId !== undefined) {
      return importRow.externalId === theirs.externalId;
    }
    const mark = markOf(found.fields.metadata_admin);
    if (mark?.name !== source.name) return this.hasKey(found);
    // Only within a source: the same number is another person in another product that users come from.
    if (importRow.oldId !== undefined && theirs.oldId !== undefined) {
      return importRow.oldId === theirs.oldId;
    }
    if (key !== undefined && mark.key === keyDigest(key)) return true;
    // They have taken this key since, and are another row's, unless that one is not in the file any more.
    return isHinted && this.hasKey(found);
  }

  hasKey({ fields }: FoundIdentity): boolean {
    const { key } = this;
    return (
      key !== undefined && keysAt(fields.traits, key.place).some((theirs) => isSame(key, theirs))
    );
  }

  uniqueOf({ schemaId, fields }: FoundIdentity): UniqueValue[] | undefined {
    return this.context.readers.get(schemaId)?.()(fields);
  }

  profile(): Profile {
    return (this.knownProfile ??= profileOf(this.context, this.importRow, this.line));
  }

  identity(): NewIdentity | Promise<NewIdentity> {
    return (this.made ??= this.make());
  }

  private make(): NewIdentity | Promise<NewIdentity> {
    const { plan, passwords, signal } = this.context;
    const hash = passwordHashOf(this.importRow, plan, passwords, signal);
    if (!(hash instanceof Promise)) return this.with(hash);
    const made = hash.then((hashed) => this.with(hashed));
    // Another row of the batch may fail before anybody waits for this one.
    made.catch(() => undefined);
    return made;
  }

  private with(hashedPassword: string | undefined): NewIdentity {
    const identity = { hashedPassword, ...this.profile() };
    this.knownProfile = identity;
    return identity;
  }

  private get key(): Key | undefined {
    return keyOf(this.importRow.traits, this.context.plan.map);
  }

  private get named(): string[] {
    return identifiersOf(this.key, this.unique);
  }
}

/** Nothing else has another Unicode form. */
const BEYOND_ASCII = /[^ -~]/;

function goesBeyondAscii(value: unknown): boolean {
  if (typeof value === 'string') return BEYOND_ASCII.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(goesBeyondAscii);
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
