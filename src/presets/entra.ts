import type { Preset } from './preset.js';
import {
  all,
  CREATED_AT,
  EMAIL,
  ENABLED,
  DISABLED,
  FIRST_NAME,
  forAdmins,
  IGNORED,
  LAST_NAME,
  NAME,
  PHONE,
} from './places.js';

const BLOCK = 'Block sign in (Yes/No) [accountEnabled] Required';

export const entra: Preset = {
  product: 'Microsoft Entra ID',
  file: "the CSV of the admin center's users: downloaded, or the template of a bulk creation (version:v1.0)",
  columns: {
    mail: EMAIL,
    userPrincipalName: ['traits.email', 'traits.username', 'metadata_public.username'],
    id: ['old_id'],
    givenName: FIRST_NAME,
    surname: LAST_NAME,
    displayName: NAME,
    mobilePhone: PHONE,
    accountEnabled: ['state'],
    createdDateTime: CREATED_AT,
    ...forAdmins('userType', 'jobTitle', 'department', 'companyName', 'usageLocation', 'city'),
    ...forAdmins('streetAddress', 'state', 'country', 'postalCode', 'officeLocation'),
    ...forAdmins('telephoneNumber', 'alternateEmailAddress', 'employeeId'),
    ...all(['ageGroup', 'consentProvidedForMinor', 'legalAgeGroupClassification'], IGNORED),
    ...all(['creationType', 'directorySynced', 'invitationState', 'identityIssuer'], IGNORED),
    'User name [userPrincipalName] Required': EMAIL,
    'Initial password [passwordProfile] Required': ['password'],
    'Name [displayName] Required': NAME,
    'First name [givenName]': FIRST_NAME,
    'Last name [surname]': LAST_NAME,
    'Mobile phone [mobile]': PHONE,
    [BLOCK]: ['state'],
    ...forAdmins(['Job title [jobTitle]', 'jobTitle'], ['Department [department]', 'department']),
    ...forAdmins(['Usage location [usageLocation]', 'usageLocation'], ['City [city]', 'city']),
    ...forAdmins(
      ['Street address [streetAddress]', 'streetAddress'],
      ['Country or region [country]', 'country'],
    ),
    ...forAdmins(
      ['State or province [state]', 'state'],
      ['Office [physicalDeliveryOfficeName]', 'officeLocation'],
    ),
    ...forAdmins(
      ['ZIP or postal code [postalCode]', 'postalCode'],
      ['Office phone [telephoneNumber]', 'telephoneNumber'],
    ),
  },
  values: { accountEnabled: ENABLED, [BLOCK]: DISABLED },
  keeps: [
    'address (mail, else the user name), names, phone number; the other fields in metadata_admin',
    'users who may not sign in, as inactive; the id, as old_id, and the time of creation',
    'initial passwords of the template of a bulk creation',
  ],
  loses: [
    'Passwords: Entra never gives them. Everybody gets a mail, or signs in with Microsoft.',
    'Users whose mail is empty are refused with missing_email: take the user name with "columns":{"mail":"ignore"}. That of a guest (#EXT#) is no address that mail reaches.',
    'Sign-ins with Microsoft, groups, roles and second factors.',
  ],
};
