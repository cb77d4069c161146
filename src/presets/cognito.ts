import type { Preset } from './preset.js';
import {
  all,
  EMAIL,
  FIRST_NAME,
  forAdmins,
  IGNORED,
  LAST_NAME,
  LOCALE,
  NAME,
  PHONE,
  PICTURE,
} from './places.js';

export const cognito: Preset = {
  product: 'Amazon Cognito',
  file: "a CSV with the header of a user pool's import (get-csv-header), made from ListUsers",
  csv: { escape: 'backslash' },
  columns: {
    email: EMAIL,
    sub: ['old_id'],
    'cognito:username': ['traits.username', 'old_id', 'metadata_public.username'],
    given_name: FIRST_NAME,
    family_name: LAST_NAME,
    name: NAME,
    email_verified: ['email_verified'],
    phone_number: PHONE,
    phone_number_verified: ['phone_verified'],
    picture: PICTURE,
    locale: LOCALE,
    Enabled: ['state'],
    UserCreateDate: ['metadata_admin.created_at'],
    ...forAdmins('middle_name', 'nickname', 'preferred_username', 'profile', 'website', 'gender'),
    ...forAdmins('birthdate', 'zoneinfo', 'address', 'UserStatus'),
    ...all(['updated_at', 'cognito:mfa_enabled', 'UserLastModifiedDate'], IGNORED),
  },
  values: { Enabled: { true: 'active', false: 'inactive' } },
  keeps: [
    'address, names, phone number, and which of them are verified; the other standard attributes in metadata_admin',
    'the user name, as old_id where the schema has no user names',
  ],
  loses: [
    'Passwords: Cognito never gives them. Everybody gets a mail, or the migration hook asks Cognito at the first sign-in.',
    'Social and SAML sign-ins of federated users (UserStatus EXTERNAL_PROVIDER): send a column with the subject to sign_in.<provider>.',
    'Second factors, groups, and custom attributes: send columns such as custom:plan somewhere with "columns".',
    'Who is disabled, unless the file has a column Enabled.',
  ],
};
