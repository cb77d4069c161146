import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  EMAIL,
  ENABLED,
  FIRST_NAME,
  IGNORED,
  LAST_NAME,
  USERNAME,
} from './places.js';

export const keycloak: Preset = {
  product: 'Keycloak',
  file: 'a CSV from its database: user_entity joined with credential (type password). "convert" reads a realm export',
  columns: {
    email: EMAIL,
    id: ['old_id'],
    username: USERNAME,
    ...all(['first_name', 'firstName'], FIRST_NAME),
    ...all(['last_name', 'lastName'], LAST_NAME),
    ...all(['email_verified', 'emailVerified'], ['email_verified']),
    enabled: ['state'],
    ...all(['credential_data', 'credentialData'], ['password_hash.keycloak.credential_data']),
    ...all(['secret_data', 'secretData'], ['password_hash.keycloak.secret_data']),
    ...all(['created_timestamp', 'createdTimestamp'], CREATED_AT),
    ...all(['realm_id', 'email_constraint', 'federation_link', 'not_before'], IGNORED),
    ...all(['service_account_client_link', 'totp'], IGNORED),
  },
  values: { enabled: ENABLED },
  keeps: [
    'passwords hashed with PBKDF2 or Argon2id',
    'address, user name, names, and which addresses are verified',
    'disabled users, as inactive; the id, as old_id, and the time of creation',
  ],
  loses: [
    'Sign-ins with other identity providers, and second factors: they are in other tables. "convert" reads them from a realm export.',
    'Attributes, groups and roles: join them to the file, and send their columns somewhere with "columns".',
    'Users without an address: refused with missing_email, unless the schema has user names to sign in with.',
  ],
};
