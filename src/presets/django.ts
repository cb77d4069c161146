import type { Preset } from './preset.js';
import {
  CREATED_AT,
  EMAIL,
  ENABLED,
  FIRST_NAME,
  forAdmins,
  LAST_NAME,
  USERNAME,
} from './places.js';

export const django: Preset = {
  product: 'Django',
  file: "the table auth_user as CSV (psql's \\copy, or the like)",
  csv: { nothing: ['NULL', '\\N', 'None'] },
  columns: {
    email: EMAIL,
    id: ['old_id'],
    password: ['password_hash.django'],
    username: USERNAME,
    first_name: FIRST_NAME,
    last_name: LAST_NAME,
    is_active: ['state'],
    date_joined: CREATED_AT,
    ...forAdmins('last_login', 'is_superuser', 'is_staff'),
  },
  values: { is_active: ENABLED },
  keeps: [
    'passwords hashed with PBKDF2, Argon2, bcrypt, scrypt, MD5 or SHA-1; unusable ones (!…) as none',
    'address, user name and names; the id, as old_id, and the time of joining',
    'users who are not active, as inactive',
    'is_staff and is_superuser, as text in metadata_admin: they give nobody a role here',
  ],
  loses: [
    'Passwords hashed with bcrypt_sha256: Kratos cannot check them. Their users get a mail; onUnsupportedHash "hook" lets the old passwords work by the migration hook instead.',
    'Which addresses are verified, and social accounts: allauth has them in tables of its own.',
    'Groups and permissions. Users without an address are refused with missing_email, as email may be empty in Django.',
  ],
};
