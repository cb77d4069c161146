/** Whether an existing user has what a row's user is to have, so that Kratos takes only one of them. */
import type { FoundIdentity, IdentityFields } from '../identity/identity.js';
import { isSameValue, type UniqueValue } from '../identity/identifiers.js';
import type { Candidate } from './candidate.js';

/**
 * Whether a user who was found by an identifier leaves no room for the row's user. They do where they have it for another
 * type of credentials: look-ups tell no types apart.
 */
export function isInTheWay(
  candidate: Candidate,
  found: FoundIdentity,
  identifier: string,
): boolean {
  const theirs = candidate.uniqueOf(found);
  // What their traits do not tell was an identifier when they were written.
  const isIt = ({ form }: UniqueValue) => form.normalize() === identifier.normalize();
  if (!theirs?.some(isIt)) return true;
  return sharedOf(candidate, theirs).some(isIt);
}

/** Whether a user has any address or identifier of the row, as far as is known. */
export function sharesAny(candidate: Candidate, found: FoundIdentity): boolean {
  const theirs = candidate.uniqueOf(found);
  return theirs === undefined || sharedOf(candidate, theirs).length > 0;
}

/** What the row's own user would have from then on, and has not. */
export function newTo(
  candidate: Candidate,
  found: FoundIdentity,
  after: IdentityFields,
): UniqueValue[] {
  const theirs = candidate.uniqueOf(found) ?? [];
  const then = candidate.uniqueOf({ ...found, fields: after }) ?? [];
  return then.filter((value) => !isAmong(theirs, value));
}

function sharedOf({ unique }: Candidate, theirs: UniqueValue[]): UniqueValue[] {
  return unique.filter((value) => isAmong(theirs, value));
}

function isAmong(values: UniqueValue[], value: UniqueValue): boolean {
  return values.some((other) => isSameValue(value, other));
}
