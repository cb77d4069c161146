import { randomBytes } from 'node:crypto';
import { valueAt } from '../identity/json-pointer.js';
import type { FoundIdentity, ImportRow, NewIdentity } from '../identity/identity.js';
import type { RunRef } from '../contract/ids.js';
import type { Plan } from '../store/plan.js';
import { addressPath } from '../identity/columns.js';
import { normalizeIdentifier } from '../identity/email.js';
import { identifierPaths } from '../identity/schema.js';
import { placeholderHash } from '../passwords/placeholder.js';
import type { Profile } from '../identity/after-image.js';
import { isFrom, ORIGIN_KEY, originOf, type Origin } from '../identity/origin.js';
import type { PasswordHasher } from '../passwords/hasher.js';

/** A valid row whose user is to be created, or is there already. */
export interface Candidate {
  line: number;
  importRow: ImportRow;
  /** What the user can be found by: the address first. */
  identifiers: string[];
  /** Whether an identity was created from this row by this run; an attempt that died may have done so. */
  isOwn: (found: FoundIdentity) => boolean;
  /** Whether an identity is this row's user, created by whomever. */
  isSameUser: (found: FoundIdentity) => boolean;
  /** The identity that the row is to become, but for its credential. */
  profile: () => Profile;
  /** All of it; its password is hashed when it is asked for first. */
  identity: () => Promise<NewIdentity>;
}

export interface Passwords {
  hash: PasswordHasher;
  bcryptCost: number;
}

/** @param signal ends the hashing of an attempt that is given up */
export function candidateMaker(
  run: RunRef,
  plan: Plan,
  passwords: Passwords,
  at: Date,
  signal: AbortSignal,
): (row: ImportRow, line: number) => Candidate {
  const identifiers = identifierPaths(plan.schema);
  const emailPath = addressPath(plan.map);

  const credential = (row: ImportRow): Promise<string> | string => {
    if (row.passwordHash !== undefined) return row.passwordHash;
    if (row.password !== undefined) return passwords.hash(row.password, signal);
    return placeholderHash(passwords.bcryptCost, randomBytes);
  };
  const time = at.toISOString();
  const toProfile = (row: ImportRow, line: number): Profile => ({
    schemaId: plan.schema.id,
    traits: row.traits,
    metadataAdmin: {
      ...row.metadataAdmin,
      [ORIGIN_KEY]: {
        workflowId: run.workflowId,
        runId: run.runId,
        file: plan.file,
        line,
        actor: plan.actor,
        at: time,
        ...(!hasPassword(row) && { invitation: { dueSince: time } }),
      } satisfies Origin,
    },
    ...(Object.keys(row.metadataPublic).length > 0 && { metadataPublic: row.metadataPublic }),
    ...(row.externalId !== undefined && { externalId: row.externalId }),
    state: row.state ?? 'active',
    verifiedEmails: plan.markEmailVerified ? [normalizeIdentifier(row.email)] : [],
  });

  return (importRow, line) => {
    const address = normalizeIdentifier(importRow.email);
    const others = identifiers.flatMap((path) => {
      const value = valueAt(importRow.traits, path);
      return typeof value === 'string' ? [normalizeIdentifier(value)] : [];
    });
    const isSameUser = ({ fields }: FoundIdentity): boolean => {
      const theirs = valueAt(fields.traits, emailPath);
      return typeof theirs === 'string' && normalizeIdentifier(theirs) === address;
    };
    let known: Profile | undefined;
    const profile = (): Profile => (known ??= toProfile(importRow, line));
    const toIdentity = async (): Promise<NewIdentity> => ({
      ...profile(),
      hashedPassword: await credential(importRow),
    });
    let identity: Promise<NewIdentity> | undefined;
    return {
      line,
      importRow,
      identifiers: [...new Set([address, ...others])],
      isSameUser,
      isOwn: (found) => {
        const { metadata_admin } = found.fields;
        // A user may have changed the address since: then the line decides.
        const isThisRow = isSameUser(found) || originOf(metadata_admin)?.line === line;
        return isThisRow && isFrom(metadata_admin, run);
      },
      profile,
      identity: () => (identity ??= toIdentity()),
    };
  };
}

/** Whoever the file gives no password is to be invited to choose one. */
export function hasPassword(row: ImportRow): boolean {
  return row.password !== undefined || row.passwordHash !== undefined;
}
