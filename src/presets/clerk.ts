import type { Preset } from './preset.js';
import { EMAIL, FIRST_NAME, forAdmins, IGNORED, LAST_NAME, PHONE, USERNAME } from './places.js';

export const clerk: Preset = {
  product: 'Clerk',
  file: "the dashboard's export of all users (CSV)",
  columns: {
    primary_email_address: EMAIL,
    id: ['old_id'],
    first_name: FIRST_NAME,
    last_name: LAST_NAME,
    username: USERNAME,
    primary_phone_number: PHONE,
    password_digest: ['password_hash.clerk'],
    password_hasher: ['password_hash.clerk.hasher'],
    ...forAdmins('verified_email_addresses', 'unverified_email_addresses'),
    ...forAdmins('verified_phone_numbers', 'unverified_phone_numbers'),
    totp_secret: IGNORED,
  },
  keeps: [
    'passwords, but for the six kinds of digests that Kratos cannot check',
    'primary address and phone number, user name and names',
    'the other addresses and numbers, verified or not, as text in metadata_admin; the id, as old_id',
  ],
  loses: [
    'Social sign-ins: the file has none. Its users get a mail, or sign in by the provider and link it.',
    'Which addresses are verified: the file has lists, not a flag. markEmailVerified says it for all.',
    'Authenticator apps: totp_secret is ignored. Kratos takes otpauth:// URLs (totp_url), and only after v26.2.',
    'Metadata and organizations: the file has none.',
  ],
};
