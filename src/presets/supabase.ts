import type { Preset } from './preset.js';
import { all, CREATED_AT, EMAIL, forAdmins, IGNORED } from './places.js';

export const supabase: Preset = {
  product: 'Supabase',
  file: "the table auth.users as CSV (psql's \\copy, or the SQL editor)",
  csv: { nothing: ['NULL', 'null', '\\N'] },
  columns: {
    email: EMAIL,
    id: ['old_id'],
    encrypted_password: ['password_hash.supabase'],
    ...all(['email_confirmed_at', 'confirmed_at'], ['email_verified']),
    banned_until: ['inactive_until'],
    ...all(['deleted_at', 'is_anonymous'], ['leave_out']),
    created_at: CREATED_AT,
    ...forAdmins(['raw_user_meta_data', 'user_metadata'], ['raw_app_meta_data', 'app_metadata']),
    ...forAdmins('phone', 'last_sign_in_at', 'is_sso_user'),
    ...all(['instance_id', 'aud', 'role', 'is_super_admin', 'updated_at', 'invited_at'], IGNORED),
    ...all(['confirmation_token', 'confirmation_sent_at', 'recovery_token'], IGNORED),
    ...all(['recovery_sent_at', 'email_change_token_new', 'email_change'], IGNORED),
    ...all(['email_change_sent_at', 'email_change_token_current'], IGNORED),
    ...all(['email_change_confirm_status', 'reauthentication_token'], IGNORED),
    ...all(['reauthentication_sent_at', 'phone_confirmed_at', 'phone_change'], IGNORED),
    ...all(['phone_change_token', 'phone_change_sent_at'], IGNORED),
  },
  keeps: [
    'passwords (bcrypt, argon2, and those that came from Firebase)',
    'address, and whether it is confirmed',
    'users who are banned now, as inactive',
    'both kinds of metadata and the phone number, as text in metadata_admin; the id, as old_id, and the time of creation',
  ],
  loses: [
    'Social sign-ins: they are in auth.identities. "convert" joins the two tables.',
    'Deleted and anonymous users are left out, and counted.',
    'Second factors, and phone numbers as a way to sign in: Supabase keeps them without their +.',
    'role and is_super_admin, which are of the database.',
  ],
};
