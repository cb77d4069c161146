import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  DISABLED,
  EMAIL,
  FIRST_NAME,
  forAdmins,
  IGNORED,
  LAST_NAME,
  NAME,
  PHONE,
  PICTURE,
  USERNAME,
} from './places.js';

export const auth0: Preset = {
  product: 'Auth0',
  file: "the CSV of a bulk user export (Management API job, or the extension's), each of whose texts begins with an apostrophe",
  csv: { leadingApostrophes: 'remove' },
  columns: {
    email: EMAIL,
    ...all(['user_id', 'Id'], ['old_id']),
    ...all(['given_name', 'Given Name'], FIRST_NAME),
    ...all(['family_name', 'Family Name'], LAST_NAME),
    name: NAME,
    ...all(['email_verified', 'Email Verified'], ['email_verified']),
    phone_number: PHONE,
    phone_verified: ['phone_verified'],
    username: USERNAME,
    picture: PICTURE,
    ...all(['created_at', 'Created At'], CREATED_AT),
    blocked: ['state'],
    ...forAdmins('last_login', 'connection'),
    ...all(['nickname', 'updated_at', 'Updated At', 'last_ip', 'logins_count'], IGNORED),
  },
  values: { blocked: DISABLED },
  keeps: [
    'address, names, phone number, picture, and which addresses are verified',
    'blocked users, as inactive',
    'the id, as old_id, and the time of creation',
  ],
  loses: [
    'Passwords: no export has them. Auth0 gives the hashes on request; "convert" joins them by id. Without them everybody gets a mail.',
    'Social sign-ins: the CSV has none whole. "convert" reads them from the NDJSON.',
    'user_metadata and app_metadata: name each key in the export, and send its column somewhere with "columns".',
    'Second factors, and roles.',
  ],
};
