/** What a row's user signs in with first: a password, something else that the file gives, or an invitation. */
import type { ColumnMap } from './columns.js';
import type { ImportRow } from './identity.js';
import { keysAt } from './keys.js';

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
  { map, invitesSignIns }: { map: Pick<ColumnMap, 'keys'>; invitesSignIns: boolean },
): boolean {
  if (hasPassword(row) || row.passwordHook || getsCodes(row, map)) return false;
  return invitesSignIns || !hasSignIn(row);
}

/** Whether a user without an address signs in by codes that Kratos sends to their phone, and so needs no password. */
function getsCodes(row: ImportRow, { keys }: Pick<ColumnMap, 'keys'>): boolean {
  if (row.email !== '') return false;
  return keys.some((place) => place.isPhone && keysAt(row.traits, place).length > 0);
}

/** Whether a user signs in with something else than a password. Codes that come after one let nobody in by themselves. */
function hasSignIn({ signIns, samlSignIns, passkeys }: ImportRow): boolean {
  return signIns !== undefined || samlSignIns !== undefined || passkeys !== undefined;
}
