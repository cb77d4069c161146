/** Amazon Cognito: the answers of ListUsers. None of them has a hash. */
import type { JsonObject } from '../../identity/json-pointer.js';
import {
  flagAt,
  idAt,
  listAt,
  objectOf,
  textAt,
  timeAt,
  UnreadableRecord,
  type ForeignUser,
  type SignIn,
} from '../foreign-user.js';
import { firstRecord, readUsers, wrongFile, type Source } from '../source.js';

const PLACES = ['$.Users.*'];

export const cognito: Source = {
  title: 'Cognito',
  files: 'the JSON of aws cognito-idp list-users',
  open: async (files) => {
    for (const file of files) {
      const first = await firstRecord(file, PLACES);
      if (first === undefined) throw wrongFile(file, cognito.files, await firstRecord(file));
    }
    return { read: () => readUsers(files, toUser, () => PLACES) };
  },
};

function toUser(value: unknown): ForeignUser {
  const record = objectOf(value);
  const attributes = attributesOf(record);
  const username = idAt(record, 'Username');
  const oldId = textAt(attributes, 'sub') ?? username;
  const isFederated = textAt(record, 'UserStatus') === 'EXTERNAL_PROVIDER';
  const email = textAt(attributes, 'email');
  const isOwnName = username !== oldId && username !== email && !isFederated;
  return {
    oldId,
    email,
    emailVerified: flagAt(attributes, 'email_verified'),
    phoneVerified: flagAt(attributes, 'phone_number_verified'),
    firstName: textAt(attributes, 'given_name'),
    lastName: textAt(attributes, 'family_name'),
    inactive: flagAt(record, 'Enabled') === false,
    createdAt: timeAt(record, 'UserCreateDate'),
    password: isFederated ? 'none' : { missing: 'Cognito hands out no hashes' },
    signIns: signInsOf(attributes),
    profile: {
      username: textAt(attributes, 'preferred_username') ?? (isOwnName ? username : undefined),
      phone: textAt(attributes, 'phone_number'),
      name: textAt(attributes, 'name'),
      picture: textAt(attributes, 'picture'),
    },
    metadata: { 'metadata_admin.custom': customOf(attributes) },
    lost: listAt(record, 'MFAOptions').length > 0 ? ['second factors'] : [],
  };
}

function attributesOf(record: JsonObject): JsonObject {
  return Object.fromEntries(
    listAt(record, 'Attributes').map((entry) => {
      const attribute = objectOf(entry, 'an entry of Attributes');
      return [idAt(attribute, 'Name'), textAt(attribute, 'Value')];
    }),
  );
}

/** The pool's own attributes. */
function customOf(attributes: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, text]) =>
      name.startsWith('custom:') ? [[name.slice('custom:'.length), text]] : [],
    ),
  );
}

const SOCIAL: Record<string, string> = {
  Google: 'google',
  Facebook: 'facebook',
  SignInWithApple: 'apple',
  LoginWithAmazon: 'amazon',
};

function signInsOf(attributes: JsonObject): SignIn[] {
  const text = textAt(attributes, 'identities');
  if (text === undefined) return [];
  return parsed(text).map((entry) => {
    const identity = objectOf(entry, 'an entry of identities');
    const type = textAt(identity, 'providerType') ?? '';
    const subject = idAt(identity, 'userId');
    if (Object.hasOwn(SOCIAL, type)) return { provider: SOCIAL[type]!, subject };
    return { provider: idAt(identity, 'providerName'), subject, isOwn: true };
  });
}

function parsed(text: string): unknown[] {
  try {
    return listAt({ identities: JSON.parse(text) as unknown }, 'identities');
  } catch {
    throw new UnreadableRecord('identities is not a JSON list');
  }
}
