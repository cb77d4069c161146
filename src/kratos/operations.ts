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
  'delete an identity',
]);
