import { randomBytes } from 'node:crypto';
import type { RunRef } from '../contract/ids.js';
import type { FoundIdentity, NewIdentity } from '../kratos/kratos.js';
import type { Plan } from '../plan/plan.js';
import { addressColumn } from '../rules/columns.js';
import { comparable } from '../rules/email.js';
import { identifierPaths, valueAt } from '../rules/identity-schema.js';
import { randomPasswordHash } from '../rules/password-hash.js';
import type { ImportRow } from '../rules/row.js';
import type { Candidate } from './create-users.js';
import { isFrom, ORIGIN_KEY, type Origin } from './origin.js';
import type { PasswordHasher } from './password-hasher.js';

/** The identity that a valid row is to become; hashes its password. */
export type MakeCandidate = (row: ImportRow, line: number) => Promise<Candidate>;

export function candidateMaker(
  run: RunRef,
  plan: Plan,
  passwords: { hash: PasswordHasher; bcryptCost: number },
  at: Date,
): MakeCandidate {
  const identifiers = identifierPaths(plan.schema);
  const emailPath = addressColumn(plan.map).target as {
    path: string[];
  };

  const credential = (row: ImportRow): Promise<string> | string => {
    if (row.passwordHash !== undefined) return row.passwordHash;
    if (row.password !== undefined) return passwords.hash(row.password);
    return randomPasswordHash(passwords.bcryptCost, randomBytes);
  };

  return async (row, line) => {
    const address = comparable(row.email);
    const identity: NewIdentity = {
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
          at: at.toISOString(),
          ...(!hasPassword(row) && { invitation: { dueSince: at.toISOString() } }),
        } satisfies Origin,
      },
      ...(Object.keys(row.metadataPublic).length > 0 && { metadataPublic: row.metadataPublic }),
      ...(row.externalId !== undefined && { externalId: row.externalId }),
      state: row.state ?? 'active',
      hashedPassword: await credential(row),
      verifiedEmails: plan.markEmailVerified ? [address] : [],
    };
    const others = identifiers.flatMap((path) => {
      const value = valueAt(row.traits, path);
      return typeof value === 'string' ? [comparable(value)] : [];
    });
    return {
      line,
      identifiers: [...new Set([address, ...others])],
      identity,
      isOwn: (found: FoundIdentity) => isFrom(found.metadataAdmin, run, line),
      isSameUser: (found: FoundIdentity) => {
        const theirs = valueAt(found.traits, emailPath.path);
        return typeof theirs === 'string' && comparable(theirs) === address;
      },
    };
  };
}

/** Whoever the file gives no password is to be invited to choose one. */
export function hasPassword(row: ImportRow): boolean {
  return row.password !== undefined || row.passwordHash !== undefined;
}
