/** Okta: the lists of its Users API. No answer of Okta has a hash. */
import { isObject } from '../../identity/json-pointer.js';
import { idAt, jsonObjectAt, objectOf, textAt, timeAt, type ForeignUser } from '../foreign-user.js';
import { firstRecord, readUsers, wrongFile, type Source } from '../source.js';

export const okta: Source = {
  title: 'Okta',
  files: 'the JSON lists of GET /api/v1/users, page by page',
  open: async (files) => {
    for (const file of files) {
      const first = await firstRecord(file);
      if (!isObject(first) || !isObject(first['profile'])) {
        throw wrongFile(file, okta.files, first);
      }
    }
    return { read: () => readUsers(files, toUser) };
  },
};

const INACTIVE = new Set(['SUSPENDED', 'DEPROVISIONED']);
/** Whose passwords are elsewhere, and how the user signs in then. */
const ELSEWHERE = new Set(['FEDERATION', 'SOCIAL']);

function toUser(value: unknown): ForeignUser {
  const record = objectOf(value);
  const oldId = idAt(record, 'id');
  const profile = jsonObjectAt(record, 'profile');
  const { type } = jsonObjectAt(jsonObjectAt(record, 'credentials'), 'provider');
  const { login: _, email: __, firstName, lastName, mobilePhone, ...others } = profile;
  const [login, email] = [textAt(profile, 'login'), textAt(profile, 'email')];
  return {
    oldId,
    email,
    firstName: textAt({ firstName }, 'firstName'),
    lastName: textAt({ lastName }, 'lastName'),
    inactive: INACTIVE.has(textAt(record, 'status') ?? ''),
    createdAt: timeAt(record, 'created'),
    password: ELSEWHERE.has(String(type)) ? 'none' : { missing: 'Okta hands out no hashes' },
    signIns: [],
    profile: {
      username: login === email ? undefined : login,
      phone: textAt({ mobilePhone }, 'mobilePhone'),
    },
    metadata: { 'metadata_admin.profile': others },
    lost: ELSEWHERE.has(String(type))
      ? ['sign-ins by another provider, which Okta does not name']
      : [],
  };
}
