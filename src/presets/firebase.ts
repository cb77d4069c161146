import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  DISABLED,
  EMAIL,
  forAdmins,
  IGNORED,
  NAME,
  PHONE,
  PICTURE,
} from './places.js';

/** In the order of the file, each with four columns. */
const PROVIDERS = [
  ...['google', 'facebook', 'twitter', 'github'],
  ...['apple', 'microsoft', 'gamecenter', 'playgames', 'linkedin', 'yahoo'],
];

const columnsOf = (provider: string): string[] =>
  ['Id', 'Email', 'DisplayName', 'PhotoUrl'].map((name) => provider + name);

export const firebase: Preset = {
  product: 'Firebase',
  file: 'firebase auth:export users.csv --format=csv: no header, 52 columns and a comma at the end of each row',
  csv: {
    separator: 'comma',
    headerNames: [
      ...['localId', 'email', 'emailVerified', 'passwordHash', 'salt', 'displayName', 'photoUrl'],
      ...PROVIDERS.slice(0, 4).flatMap(columnsOf),
      ...['createdAt', 'lastLoginAt', 'phoneNumber', 'disabled', 'customAttributes'],
      ...PROVIDERS.slice(4).flatMap(columnsOf),
      'end',
    ],
    // Older versions of its tools know fewer providers.
    shortRows: 'as-empty',
  },
  columns: {
    email: EMAIL,
    localId: ['old_id'],
    emailVerified: ['email_verified'],
    passwordHash: ['password_hash.firebase'],
    salt: ['password_hash.firebase.salt'],
    displayName: NAME,
    photoUrl: PICTURE,
    phoneNumber: PHONE,
    disabled: ['state'],
    createdAt: CREATED_AT,
    ...forAdmins('lastLoginAt', 'customAttributes'),
    ...Object.fromEntries(PROVIDERS.map((provider) => [`${provider}Id`, [`sign_in.${provider}`]])),
    ...all(
      PROVIDERS.flatMap((provider) => columnsOf(provider).slice(1)),
      IGNORED,
    ),
    end: IGNORED,
  },
  values: { disabled: DISABLED },
  keeps: [
    "passwords, by the project's four hash parameters, which the worker reads from FIREBASE_HASH_PARAMETERS_FILE",
    'social sign-ins, each as a sign-in of the provider of its name (google, facebook, …)',
    'address, name, picture, phone number, and which addresses are verified',
    'disabled users, as inactive; the id, as old_id; custom claims, as text in metadata_admin',
  ],
  loses: [
    'Users without an address, as anonymous ones: refused with missing_email.',
    'Second factors: only the JSON has them.',
    'Passwords, if the account that exported them lacked the permission: every hash is then UkVEQUNURUQ=. Export again.',
  ],
};
