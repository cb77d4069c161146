/** What a row's user signs in with first: a password, something else that the file gives, or an invitation. */
import { randomBytes } from 'node:crypto';
import type { ImportRow, OtherCredentials } from '../identity/identity.js';
import { getsCodes, hasSignIn } from '../identity/keys.js';
import { placeholderHash } from '../passwords/placeholder.js';
import type { PasswordHasher } from '../passwords/hasher.js';
import type { Plan } from '../store/plan.js';

export interface Passwords {
  hash: PasswordHasher;
  bcryptCost: number;
}

/** Whether the file gives the user a password. */
export function hasPassword(row: ImportRow): boolean {
  return row.password !== undefined || row.passwordHash !== undefined;
}

/**
 * Whether the user is to choose a password, and is invited to: nothing of the row lets them in, or the import was asked
 * to invite all who have none.
 */
export function choosesPassword(
  row: ImportRow,
  { map, invitesSignIns }: Pick<Plan, 'map' | 'invitesSignIns'>,
): boolean {
  if (hasPassword(row) || row.passwordHook || getsCodes(row, map)) return false;
  return invitesSignIns || !hasSignIn(row);
}

export function otherCredentials(row: ImportRow): OtherCredentials {
  const { signIns, samlSignIns, passwordHook, totpUrl, lookupCodes, passkeys } = row;
  return { signIns, samlSignIns, passwordHook, totpUrl, lookupCodes, passkeys };
}

/**
 * The hash that the row gives, that of the password that it gives, or one that no password matches, for users who are
 * to choose theirs. Others get none.
 * @param signal ends the hashing of an attempt that is given up
 */
export async function passwordHashOf(
  row: ImportRow,
  plan: Pick<Plan, 'map' | 'invitesSignIns'>,
  { hash, bcryptCost }: Passwords,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (row.passwordHash !== undefined) return row.passwordHash;
  if (row.password !== undefined) return hash(row.password, signal);
  return choosesPassword(row, plan) ? placeholderHash(bcryptCost, randomBytes) : undefined;
}
