/** Keycloak: a realm as `kc.sh export` writes it, in one file or with its users in many. */
import { isObject, type JsonObject } from '../../identity/json-pointer.js';
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
} from '../foreign-user.js';
import type { InputFile } from '../input-file.js';
import { readRecords, readUsers, startsWith, type Source } from '../source.js';

export const keycloak: Source = {
  title: 'Keycloak',
  files: 'the JSON files that kc.sh export writes for a realm: R-realm.json, R-users-<n>.json',
  open: async (files) => {
    await refuseOthers(files);
    return { read: () => readUsers(files, toUser, placesOf) };
  },
};

/** Several realms may stand in one file, as a list. */
function placesOf(file: InputFile): string[] {
  return startsWith(file, '[') ? ['$.*.users.*'] : ['$.users.*'];
}

/** Users of a federated storage, such as an LDAP: what Keycloak keeps beside it, without who they are. */
const FEDERATED = 'federatedUsers';

async function refuseOthers(files: InputFile[]): Promise<void> {
  let hasUsers = false;
  for (const file of files) {
    if (startsWith(file, '[')) hasUsers = (await refuseSecondRealm(file)) || hasUsers;
    else {
      for await (const { path } of readRecords(file, ['$.users.*', `$.${FEDERATED}.*`])) {
        hasUsers ||= path[0] === 'users';
        break;
      }
    }
  }
  if (hasUsers) return;
  const names = files.map(({ name }) => name).join(', ');
  throw new ConvertError(
    `${names}: no users. kc.sh export writes them beside R-realm.json, into R-users-0.json, R-users-1.json and so on: name all of them. An export of the admin console has none; run bin/kc.sh export --dir <folder> --realm <realm> --users different_files.`,
  );
}

/** @returns whether the file has users */
async function refuseSecondRealm(file: InputFile): Promise<boolean> {
  const realms = new Set<unknown>();
  for await (const { path } of readRecords(file, ['$.*.users.*'])) {
    realms.add(path[0]);
    if (realms.size > 1) {
      throw new ConvertError(
        `${file.name} holds the users of several realms, in which the same address may be two people. Export one: bin/kc.sh export --realm <realm>.`,
      );
    }
  }
  return realms.size > 0;
}

function toUser(value: unknown): ForeignUser | LeftOut {
  const record = objectOf(value);
  const oldId = idAt(record, 'id');
  const username = textAt(record, 'username');
  if (textAt(record, 'serviceAccountClientId') !== undefined) {
    return { leftOut: 'service accounts of clients' };
  }
  const email = textAt(record, 'email');
  const credentials = listAt(record, 'credentials').map((entry) =>
    objectOf(entry, 'an entry of credentials'),
  );
  return {
    oldId,
    email,
    emailVerified: flagAt(record, 'emailVerified'),
    firstName: textAt(record, 'firstName'),
    lastName: textAt(record, 'lastName'),
    inactive: flagAt(record, 'enabled') === false,
    createdAt: timeAt(record, 'createdTimestamp'),
    password: passwordOf(record, credentials),
    signIns: listAt(record, 'federatedIdentities').map((entry) => {
      const identity = objectOf(entry, 'an entry of federatedIdentities');
      const provider = idAt(identity, 'identityProvider');
      return {
        provider,
        subject: idAt(identity, 'userId'),
        isOwn: !SOCIAL.has(provider),
      };
    }),
    profile: { username: username === email ? undefined : username },
    metadata: {
      metadata_admin: filled({
        realm_roles: record['realmRoles'],
        client_roles: record['clientRoles'],
        groups: record['groups'],
      }),
      'metadata_admin.attributes': attributesOf(record),
    },
    lost: [
      ...new Set(credentials.flatMap(lostCredential)),
      ...(listAt(record, 'requiredActions').length > 0 ? ['required actions'] : []),
    ],
  };
}

/** Identity providers have the names that their admins gave them; these are Keycloak's own. */
const SOCIAL = new Set([
  ...['google', 'github', 'gitlab', 'facebook', 'microsoft', 'apple', 'twitter', 'bitbucket'],
  ...['instagram', 'paypal'],
]);

function passwordOf(record: JsonObject, credentials: JsonObject[]): ForeignPassword {
  const credential = credentials.find(({ type }) => type === 'password');
  if (credential) return { format: 'keycloak', parts: { hash: JSON.stringify(credential) } };
  if (textAt(record, 'federationLink') !== undefined) {
    return { missing: 'they are in the directory (LDAP) that Keycloak asks' };
  }
  const isSocial = listAt(record, 'federatedIdentities').length > 0;
  if (isSocial || Object.hasOwn(record, 'credentials')) return 'none';
  return { missing: 'the export has no credentials: only kc.sh export writes them' };
}

const KINDS: Record<string, string> = {
  otp: 'second factors (one-time passwords)',
  webauthn: 'second factors (security keys)',
  'webauthn-passwordless': 'passkeys',
  'recovery-authn-codes': 'recovery codes',
};

function lostCredential({ type }: JsonObject): string[] {
  if (type === 'password') return [];
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  return [kind ?? 'credentials of another kind'];
}

/** Keycloak has a list for each, mostly of one. */
function attributesOf(record: JsonObject): JsonObject {
  const entries = Object.entries(jsonObjectAt(record, 'attributes'));
  return Object.fromEntries(
    entries.map(([name, values]) => [
      name,
      Array.isArray(values) && values.length < 2 ? (values[0] as unknown) : values,
    ]),
  );
}

/** Without what is empty. */
function filled(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) =>
      isObject(value)
        ? Object.keys(value).length > 0
        : Array.isArray(value)
          ? value.length > 0
          : false,
    ),
  );
}
