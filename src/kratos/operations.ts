/**
 * Requests, by the words that messages have for them, that hold no value of a row: Kratos's reason for refusing one
 * holds none either, and may be said.
 */
export const WITHOUT_VALUES: ReadonlySet<string> = new Set([
  'readiness',
  'list identities',
  'list identities by id',
  'get an identity',
  'list sessions',
  'end a session',
  'delete an identity',
]);

const ABOUT_ONE_IDENTITY: ReadonlySet<string> = new Set([
  'get an identity',
  'find an identity by external id',
  'list sessions',
  'end a session',
  'delete an identity',
  'update an identity',
]);

/**
 * Whether Kratos may have answered 404 itself: for an identity that it does not have, or a method that is disabled.
 * What every Kratos has it never says that of; a gateway of Ory's does, in Kratos's own form.
 */
export function mayBeNotFound(operation: string): boolean {
  return ABOUT_ONE_IDENTITY.has(operation) || /recovery/.test(operation);
}
