import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  EMAIL,
  FIRST_NAME,
  forAdmins,
  IGNORED,
  LAST_NAME,
  NAME,
  USERNAME,
} from './places.js';

export const wordpress: Preset = {
  product: 'WordPress',
  file: 'wp user list --fields=ID,user_login,user_email,user_pass,display_name,user_registered,roles --format=csv, or the table wp_users',
  csv: { nothing: ['NULL', '\\N'] },
  columns: {
    user_email: EMAIL,
    ID: ['old_id'],
    user_login: USERNAME,
    user_pass: ['password_hash.wordpress'],
    display_name: NAME,
    first_name: FIRST_NAME,
    last_name: LAST_NAME,
    user_registered: CREATED_AT,
    ...forAdmins(['role', 'wordpress_role'], ['roles', 'wordpress_roles'], ['user_url', 'website']),
    ...all(['user_nicename', 'user_activation_key', 'user_status', 'nickname'], IGNORED),
    ...all(['description', 'spam', 'deleted'], IGNORED),
  },
  keeps: [
    'address, login and names; the id, as old_id, and the time of registration',
    'passwords of plugins with plain bcrypt, and very old ones (MD5)',
    'roles, as text in metadata_admin: they give nobody a role here',
  ],
  loses: [
    'Passwords as WordPress itself hashes them ($P$ and $wp$): Kratos cannot check them. Their users get a mail; onUnsupportedHash "hook" lets the old passwords work by the migration hook instead.',
    'Which addresses are verified: WordPress does not say it.',
    'Other user meta.',
  ],
};
