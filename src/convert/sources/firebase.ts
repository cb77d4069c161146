/** Firebase Authentication: the JSON of `firebase auth:export`. */
import type { JsonObject } from '../../identity/json-pointer.js';
import { ConvertError } from '../convert-error.js';
import {
  flagAt,
  idAt,
  jsonObjectAt,
  listAt,
  objectOf,
  textAt,
  timeAt,
  type ForeignPassword,
  type ForeignUser,
  type LeftOut,
  type SignIn,
} from '../foreign-user.js';
import {
  firstRecord,
  readUsers,
  startsWith,
  wrongFile,
  type ReadOptions,
  type Source,
} from '../source.js';

const PLACES = ['$.users.*'];

export const firebase: Source = {
  title: 'Firebase',
  files: 'the JSON file of firebase auth:export',
  open: async (files, options) => {
    for (const file of files) {
      const isObjectOfUsers = startsWith(file, '{') && (await firstRecord(file, PLACES));
      if (!isObjectOfUsers) throw wrongFile(file, firebase.files, await firstRecord(file));
    }
    return {
      read: () =>
        readUsers(
          files,
          (value) => toUser(value, options),
          () => PLACES,
        ),
    };
  },
};

function toUser(value: unknown, options: ReadOptions): ForeignUser | LeftOut {
  const record = objectOf(value);
  const oldId = idAt(record, 'localId');
  const email = textAt(record, 'email');
  const phone = textAt(record, 'phoneNumber');
  const providers = listAt(record, 'providerUserInfo').map((entry) =>
    objectOf(entry, 'an entry of providerUserInfo'),
  );
  const signIns = providers.flatMap(signInOf);
  const password = passwordOf(record, providers, options);
  if (email === undefined && phone === undefined && signIns.length === 0 && password === 'none') {
    return { leftOut: 'anonymous users, who have nothing to sign in with' };
  }
  return {
    oldId,
    email,
    emailVerified: flagAt(record, 'emailVerified'),
    // A number gets there by its code alone.
    phoneVerified: phone === undefined ? undefined : true,
    inactive: flagAt(record, 'disabled'),
    createdAt: timeAt(record, 'createdAt'),
    password,
    signIns,
    profile: { phone, name: textAt(record, 'displayName'), picture: textAt(record, 'photoUrl') },
    metadata: { 'metadata_admin.custom_claims': jsonObjectAt(record, 'customAttributes') },
    lost: listAt(record, 'mfaInfo').length > 0 ? ['second factors'] : [],
  };
}

function passwordOf(
  record: JsonObject,
  providers: JsonObject[],
  { hashParameters }: ReadOptions,
): ForeignPassword {
  const hash = textAt(record, 'passwordHash');
  if (hash === undefined) {
    const hasPassword = providers.some(({ providerId }) => providerId === 'password');
    return hasPassword
      ? { missing: 'Firebase left their hash out, as it does for hashes of another version' }
      : 'none';
  }
  if (!hashParameters) {
    throw new ConvertError(
      'The users have password hashes, which need the four parameters of their project. Copy them from the Firebase console (Authentication, Users, ⋮, Password hash parameters) into a file that nobody else can read (chmod 600), and name it with --hash-parameters or FIREBASE_HASH_PARAMETERS_FILE.',
    );
  }
  return {
    format: 'firebase',
    parts: { ...hashParameters, hash, salt: textAt(record, 'salt') },
  };
}

/** What signs in by itself, and no account elsewhere. */
const OWN = new Set(['password', 'phone', 'emailLink', 'anonymous']);

function signInOf(entry: JsonObject): SignIn[] {
  const id = idAt(entry, 'providerId');
  if (OWN.has(id)) return [];
  const subject = idAt(entry, 'rawId');
  if (/^(saml|oidc)\./.test(id)) return [{ provider: id, subject, isOwn: true }];
  return [{ provider: id.replace(/\.com$/, ''), subject }];
}
