import type { TraitUse } from '../identity/schema.js';

/** Widths of Kratos's columns: identity_credential_identifiers.identifier, identity_*_addresses.value. */
const MAX_CHARACTERS = { identifier: 255, address: 400 } as const;

/** What is wrong with the length of a value that Kratos keeps beside the traits, after its name. */
export function lengthProblem(
  text: string,
  { identifier, address }: Pick<TraitUse, 'identifier' | 'address'>,
): string | undefined {
  if (!identifier && !address) return undefined;
  const most = identifier ? MAX_CHARACTERS.identifier : MAX_CHARACTERS.address;
  // Characters are never more than UTF-16 units, so that most values need no counting.
  const isLong = text.length > most && [...text].length > most;
  return isLong ? `has more than ${most} characters` : undefined;
}
