import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  EMAIL,
  FIRST_NAME,
  forAdmins,
  IGNORED,
  LAST_NAME,
  LOCALE,
  NAME,
  PHONE,
  USERNAME,
} from './places.js';

export const okta: Preset = {
  product: 'Okta',
  file: 'a CSV of users whose columns have the names of the profile (login, firstName, …) and of the API (id, status, …)',
  columns: {
    email: EMAIL,
    login: USERNAME,
    firstName: FIRST_NAME,
    lastName: LAST_NAME,
    displayName: NAME,
    mobilePhone: PHONE,
    id: ['old_id'],
    status: ['state'],
    created: CREATED_AT,
    ...all(['locale', 'preferredLanguage'], LOCALE),
    ...forAdmins('middleName', 'title', 'userType', 'department', 'division', 'organization'),
    ...forAdmins('employeeNumber', 'costCenter', 'manager', 'managerId', 'secondEmail'),
    ...forAdmins('primaryPhone', 'streetAddress', 'city', 'state', 'zipCode', 'countryCode'),
    ...forAdmins('timezone', 'lastLogin'),
    ...all(
      ['honorificPrefix', 'honorificSuffix', 'nickName', 'profileUrl', 'postalAddress'],
      IGNORED,
    ),
    ...all(['activated', 'statusChanged', 'lastUpdated', 'passwordChanged'], IGNORED),
  },
  values: {
    status: {
      ...{ ACTIVE: 'active', RECOVERY: 'active', PASSWORD_EXPIRED: 'active', LOCKED_OUT: 'active' },
      ...{ PROVISIONED: 'active', STAGED: 'active' },
      ...{ SUSPENDED: 'inactive', DEPROVISIONED: 'inactive' },
    },
  },
  keeps: [
    'address, login, names and phone number; the other attributes of the profile in metadata_admin',
    'suspended and deprovisioned users, as inactive',
    'the id, as old_id, and the time of creation',
  ],
  loses: [
    'Passwords: Okta never gives them. Everybody gets a mail; or let Okta stay as a social sign-in, or check old passwords with the migration hook.',
    'Which addresses are verified: Okta does not say it. markEmailVerified says it for all.',
    'Groups, factors, and attributes of your own: send their columns somewhere with "columns".',
    'state is a part of the postal address here, and status says who may sign in.',
  ],
};
