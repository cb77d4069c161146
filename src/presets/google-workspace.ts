import type { Preset } from './preset.js';
import { all, EMAIL, FIRST_NAME, forAdmins, IGNORED, LAST_NAME, PHONE } from './places.js';

export const googleWorkspace: Preset = {
  product: 'Google Workspace',
  file: "the CSV of the admin console's users: downloaded, or filled in to be uploaded",
  csv: { nothing: ['****', 'Never logged in'] },
  columns: {
    'Email Address [Required]': EMAIL,
    'First Name [Required]': FIRST_NAME,
    'Last Name [Required]': LAST_NAME,
    'Password [Required]': ['password_hash.google-workspace'],
    'Password Hash Function [UPLOAD ONLY]': ['password_hash.google-workspace.hasher'],
    'Status [READ ONLY]': ['state'],
    'Mobile Phone': PHONE,
    'Recovery Phone [MUST BE IN THE E.164 FORMAT]': [...PHONE, 'metadata_admin.recovery_phone'],
    ...forAdmins(
      ['Org Unit Path [Required]', 'org_unit_path'],
      ['Recovery Email', 'recovery_email'],
    ),
    ...forAdmins(['Employee ID', 'employee_id'], ['Employee Type', 'employee_type']),
    ...forAdmins(['Employee Title', 'title'], ['Manager Email', 'manager_email']),
    ...forAdmins(['Department', 'department'], ['Cost Center', 'cost_center']),
    ...forAdmins(['Last Sign In [READ ONLY]', 'last_sign_in'], ['Work Phone', 'work_phone']),
    ...forAdmins(['Home Secondary Email', 'home_email'], ['Work Secondary Email', 'work_email']),
    ...all(['New Primary Email [UPLOAD ONLY]', 'New Status [UPLOAD ONLY]'], IGNORED),
    ...all(['Licenses [UPLOAD ONLY]', 'New Licenses [UPLOAD ONLY]', 'Home Phone'], IGNORED),
    ...all(['Work Address', 'Home Address', 'Building ID', 'Floor Name'], IGNORED),
    ...all(['Floor Section', '2sv Enrolled [READ ONLY]', '2sv Enforced [READ ONLY]'], IGNORED),
    ...all(['Email Usage [READ ONLY]', 'Drive Usage [READ ONLY]'], IGNORED),
    ...all(['Photos Usage [READ ONLY]', 'Storage limit [READ ONLY]'], IGNORED),
    ...all(['Storage Used [READ ONLY]', 'Change Password at Next Sign-In'], IGNORED),
    ...all(['Advanced Protection Program enrollment'], IGNORED),
  },
  values: {
    'Status [READ ONLY]': { Active: 'active', Suspended: 'inactive', Archived: 'inactive' },
  },
  keeps: [
    'address, names, phone number; the other fields in metadata_admin',
    'suspended and archived users, as inactive',
    'passwords of a file made to be uploaded, plain or as SHA-1, MD5 or crypt',
  ],
  loses: [
    'Passwords: a downloaded file has **** in their place. Everybody gets a mail.',
    'Sign-ins with Google: the file lacks the subjects. Let people sign in with Google and link it.',
    'Groups, aliases, and second factors. "Change Password at Next Sign-In" is ignored.',
  ],
};
