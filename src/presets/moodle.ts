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
  LOCALE,
  PHONE,
  USERNAME,
} from './places.js';

export const moodle: Preset = {
  product: 'Moodle',
  file: 'a CSV as "Upload users" takes it, or of the download of users',
  csv: { nothing: ['NULL', '\\N'] },
  columns: {
    email: EMAIL,
    id: ['old_id'],
    username: USERNAME,
    password: ['password'],
    firstname: FIRST_NAME,
    lastname: LAST_NAME,
    suspended: ['state'],
    deleted: ['leave_out'],
    confirmed: ['email_verified'],
    lang: LOCALE,
    phone2: PHONE,
    phone1: [...PHONE, 'metadata_admin.phone1'],
    timecreated: CREATED_AT,
    ...forAdmins('idnumber', 'institution', 'department', 'city', 'country', 'auth', 'cohort1'),
    ...forAdmins('cohort2', 'cohort3', 'lastaccess', 'timezone'),
    ...all(
      ['oldusername', 'sysrole1', 'role1', 'course1', 'group1', 'type1', 'enrolperiod1'],
      IGNORED,
    ),
    ...all(['mailformat', 'maildisplay', 'maildigest', 'htmleditor', 'autosubscribe'], IGNORED),
    ...all(['description', 'interests', 'theme', 'middlename', 'alternatename'], IGNORED),
  },
  values: { suspended: DISABLED },
  keeps: [
    'address, user name, names, phone number, language; id number, institution and cohorts in metadata_admin',
    'new passwords of a file to upload',
    'suspended users, as inactive',
  ],
  loses: [
    'Passwords of people who are in Moodle: its download lacks them. A dump of mdl_user has hashes in the column password: send it to password_hash with "columns":{"password":"password_hash.crypt"}.',
    'Deleted users are left out, and counted.',
    'Roles, courses, groups and fields of your own: send columns such as profile_field_x somewhere with "columns".',
  ],
};
