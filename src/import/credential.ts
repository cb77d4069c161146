/** The password of a row, as the hash that is sent to Kratos. */
import { randomBytes } from 'node:crypto';
import type { ImportRow } from '../identity/identity.js';
import { placeholderHash } from '../passwords/placeholder.js';
import type { PasswordHasher } from '../passwords/hasher.js';

export interface Passwords {
  hash: PasswordHasher;
  bcryptCost: number;
}

/** Whether the file gives the user a password. A user without one is to be invited to choose it. */
export function hasPassword(row: ImportRow): boolean {
  return row.password !== undefined || row.passwordHash !== undefined;
}

/**
 * The hash that the row gives, that of the password that it gives, or one that no password matches.
 * @param signal ends the hashing of an attempt that is given up
 */
export async function passwordHashOf(
  row: ImportRow,
  { hash, bcryptCost }: Passwords,
  signal: AbortSignal,
): Promise<string> {
  if (row.passwordHash !== undefined) return row.passwordHash;
  if (row.password !== undefined) return hash(row.password, signal);
  return placeholderHash(bcryptCost, randomBytes);
}
