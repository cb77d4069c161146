import type { Preset } from './preset.js';
import { all, EMAIL, forAdmins, IGNORED, PHONE, USERNAME } from './places.js';

export const aspnet: Preset = {
  product: 'ASP.NET Core Identity',
  file: 'the table AspNetUsers as CSV',
  csv: { nothing: ['NULL'] },
  columns: {
    Email: EMAIL,
    Id: ['old_id'],
    UserName: USERNAME,
    PasswordHash: ['password_hash.aspnet'],
    EmailConfirmed: ['email_verified'],
    PhoneNumber: PHONE,
    PhoneNumberConfirmed: ['phone_verified'],
    LockoutEnd: ['inactive_until'],
    LockoutEndDateUtc: ['inactive_until'],
    ...forAdmins('TwoFactorEnabled'),
    ...all(['NormalizedUserName', 'NormalizedEmail', 'SecurityStamp', 'ConcurrencyStamp'], IGNORED),
    ...all(['LockoutEnabled', 'AccessFailedCount', 'Discriminator'], IGNORED),
  },
  keeps: [
    'passwords, of both versions of the format',
    'address, user name, phone number, and which of them are confirmed',
    'users who are locked out now, as inactive; the id, as old_id',
  ],
  loses: [
    'External logins (AspNetUserLogins) and authenticator keys (AspNetUserTokens): join them to the file, and send a column with the ProviderKey to sign_in.<provider>.',
    'Roles and claims. Columns of your own: send them somewhere with "columns".',
    'Names: the table has none.',
  ],
};
