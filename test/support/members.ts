/** Users as an earlier run of a source has left them. */
import type { NewIdentity } from '../../src/identity/identity.js';
import { newMark } from '../../src/identity/source-mark.js';
import type { SourceMark } from '../../src/identity/origin.js';
import { mapOf } from './candidates.js';
import { personSchema } from './identity-schemas.js';

const MAP = mapOf(['email', 'first_name'], {}, personSchema);

/** The number at the end of an id is the place of its user in a listing. */
export function idNumber(number: number): string {
  return `5b2f7a52-0c4f-4a9e-8d1a-${String(number).padStart(12, '0')}`;
}

/** A user of a file with the columns email and first_name, unchanged since. */
export function memberOf(source: string, email: string, name: string): NewIdentity {
  const traits = { email, first_name: name };
  const row = { email, traits, metadataPublic: {}, metadataAdmin: {} };
  const mark = newMark(source, row, MAP, {
    ...{ state: 'active', traits, metadata_public: null, metadata_admin: {} },
  });
  return identityWith(traits, mark);
}

export function identityWith(traits: NewIdentity['traits'], mark?: SourceMark): NewIdentity {
  return {
    ...{ schemaId: 'default', traits, state: 'active', hashedPassword: '', verifiedEmails: [] },
    metadataAdmin: mark ? { csv_import: { source: mark } } : {},
  };
}
