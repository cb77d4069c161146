/** The password of a row, as the hash that is sent to Kratos. */
import { randomBytes } from 'node:crypto';
import type { ColumnMap } from '../identity/columns.js';
import type { ImportRow } from '../identity/identity.js';
import { getsCodes } from '../identity/keys.js';
import { placeholderHash } from '../passwords/placeholder.js';
import type { PasswordHasher } from '../passwords/hasher.js';

export interface Passwords {
  hash: PasswordHasher;
  bcryptCost: number;
}

/** Whether the file gives the user a password. */
export function hasPassword(row: ImportRow): boolean {
  return row.password !== undefined || row.passwordHash !== undefined;
}

/** Whether the user is to be invited to choose a password: they cannot sign in otherwise. */
export function isToInvite(row: ImportRow, map: ColumnMap): boolean {
  return !hasPassword(row) && !getsCodes(row, map);
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
