/** The credentials that a row's user is created with. */
import type { ImportRow, OtherCredentials } from '../identity/identity.js';
import { choosesPassword } from '../identity/ways-in.js';
import { placeholderHash } from '../passwords/placeholder.js';
import { pooledRandomBytes } from '../passwords/random-bytes.js';
import type { PasswordHasher } from '../passwords/hasher.js';
import type { Plan } from '../store/plan.js';

export interface Passwords {
  hash: PasswordHasher;
  bcryptCost: number;
}

export function otherCredentials(row: ImportRow): OtherCredentials {
  const { signIns, samlSignIns, passwordHook, totpUrl, lookupCodes, passkeys } = row;
  return { signIns, samlSignIns, passwordHook, totpUrl, lookupCodes, passkeys };
}

/**
 * The hash that the row gives, that of the password that it gives, or one that no password matches, for users who are
 * to choose theirs. Others get none. A promise only of a password that is to be hashed: most rows have none, and a
 * promise costs more than what else is made of a row.
 * @param signal ends the hashing of an attempt that is given up
 */
export function passwordHashOf(
  row: ImportRow,
  plan: Pick<Plan, 'map' | 'invitesSignIns'>,
  { hash, bcryptCost }: Passwords,
  signal: AbortSignal,
): string | Promise<string> | undefined {
  if (row.passwordHash !== undefined) return row.passwordHash;
  if (row.password !== undefined) return hash(row.password, signal);
  return choosesPassword(row, plan) ? placeholderHash(bcryptCost, pooledRandomBytes) : undefined;
}
