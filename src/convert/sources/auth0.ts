/** Auth0: users as its jobs export them, and hashes as its support hands them out. */
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
  type SignIn,
} from '../foreign-user.js';
import type { InputFile } from '../input-file.js';
import { RecordIndex } from '../record-index.js';
import { firstRecord, readRecords, readUsers, wrongFile, type Source } from '../source.js';

export const auth0: Source = {
  title: 'Auth0',
  files: 'the NDJSON of a users export, and the file of password hashes from the support',
  open: async (files) => {
    const { users, hashes } = await sorted(files);
    const store = await HashStore.of(hashes);
    return {
      read: () => {
        store.found = 0;
        return readUsers(users, (value) => toUser(value, store));
      },
      left: () => ({ 'password hashes without a user in the files': store.ids - store.found }),
    };
  },
};

/** By what is in them: their order says nothing. */
async function sorted(files: InputFile[]): Promise<Record<'users' | 'hashes', InputFile[]>> {
  const users: InputFile[] = [];
  const hashes: InputFile[] = [];
  for (const file of files) {
    const first = await firstRecord(file);
    if (!isObject(first)) throw wrongFile(file, auth0.files, first);
    if (Object.hasOwn(first, 'user_id')) users.push(file);
    else if (isHashRecord(first)) hashes.push(file);
    else throw wrongFile(file, auth0.files, first);
  }
  if (users.length === 0) {
    throw new ConvertError(
      `${hashes.map(({ name }) => name).join(', ')}: password hashes, without their users. Name the users export as well: it holds names, metadata and social sign-ins.`,
    );
  }
  return { users, hashes };
}

function isHashRecord(record: JsonObject): boolean {
  return ['passwordHash', '_id', '_ID'].some((key) => Object.hasOwn(record, key));
}

/** The hashes, which are read again one by one: the same user may stand anywhere in the two files. */
class HashStore {
  found = 0;

  private constructor(private readonly files: { file: InputFile; index: RecordIndex }[]) {}

  static async of(files: InputFile[]): Promise<HashStore> {
    const indexed = [];
    for (const file of files) {
      if (file.isPacked) {
        throw new ConvertError(`${file.name} is packed, and is read record by record: unpack it.`);
      }
      const index = new RecordIndex();
      for await (const record of readRecords(file)) {
        const id = hashId(record.value);
        if (id !== undefined) index.add(id, record);
      }
      indexed.push({ file, index });
    }
    return new HashStore(indexed);
  }

  get ids(): number {
    return this.files.reduce((sum, { index }) => sum + index.ids, 0);
  }

  get isEmpty(): boolean {
    return this.files.length === 0;
  }

  /** The first hash of the ids of a user. */
  hashOf(ids: readonly string[]): string | undefined {
    for (const id of ids) {
      for (const { file, index } of this.files) {
        for (const { start, end } of index.placesOf(id)) {
          const record = JSON.parse(file.slice(start, end).toString()) as JsonObject;
          if (hashId(record) !== id) continue;
          this.found++;
          const hash = record['passwordHash'];
          return typeof hash === 'string' && hash !== '' ? hash : undefined;
        }
      }
    }
    return undefined;
  }
}

/** Both spellings are seen, with and without the `$oid` of the database. */
function hashId(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const id = value['_id'] ?? value['_ID'];
  const text = isObject(id) ? id['$oid'] : id;
  if (typeof text !== 'string' || text === '') return undefined;
  return text.startsWith(DATABASE) ? text : DATABASE + text;
}

/** What the id of a user of a database connection begins with. */
const DATABASE = 'auth0|';

function toUser(value: unknown, hashes: HashStore): ForeignUser {
  const record = objectOf(value);
  const oldId = idAt(record, 'user_id');
  const email = textAt(record, 'email');
  const name = textAt(record, 'name');
  const { databaseIds, signIns } = identitiesOf(record, oldId);
  return {
    oldId,
    email,
    emailVerified: flagAt(record, 'email_verified'),
    phoneVerified: flagAt(record, 'phone_verified'),
    firstName: textAt(record, 'given_name'),
    lastName: textAt(record, 'family_name'),
    inactive: flagAt(record, 'blocked'),
    createdAt: timeAt(record, 'created_at'),
    password: passwordOf(databaseIds, hashes),
    signIns,
    profile: {
      username: textAt(record, 'username'),
      phone: textAt(record, 'phone_number'),
      // Auth0 has the address there of whoever gave no name.
      name: name === email ? undefined : name,
      picture: textAt(record, 'picture'),
    },
    metadata: {
      'metadata_public.user_metadata': jsonObjectAt(record, 'user_metadata'),
      'metadata_admin.app_metadata': jsonObjectAt(record, 'app_metadata'),
    },
    lost: listAt(record, 'multifactor').length > 0 ? ['second factors'] : [],
  };
}

function passwordOf(ids: string[], hashes: HashStore): ForeignPassword {
  if (ids.length === 0) return 'none';
  if (hashes.isEmpty) return { missing: 'no file of password hashes was given' };
  const hash = hashes.hashOf(ids);
  if (hash === undefined) return { missing: 'the file of password hashes has none of theirs' };
  return { format: undefined, parts: { hash } };
}

/** Users whose accounts were linked have several, and the password may be of any of them. */
function identitiesOf(
  record: JsonObject,
  oldId: string,
): { databaseIds: string[]; signIns: SignIn[] } {
  const databaseIds: string[] = [];
  const signIns: SignIn[] = [];
  for (const entry of listAt(record, 'identities')) {
    const identity = objectOf(entry, 'an entry of identities');
    const provider = textAt(identity, 'provider') ?? '';
    const subject = textAt(identity, 'user_id');
    if (subject === undefined || CODES.has(provider)) continue;
    if (provider === 'auth0') databaseIds.push(DATABASE + subject);
    else signIns.push(signInOf(identity, provider, subject));
  }
  if (databaseIds.length > 0 || signIns.length > 0) return { databaseIds, signIns };
  // Fields may be left out of an export; the id says the same of its own identity.
  const [provider = '', subject = ''] = oldId.split(/\|(.*)/s);
  if (provider === 'auth0') databaseIds.push(oldId);
  else if (!CODES.has(provider) && Object.hasOwn(SOCIAL, provider)) {
    signIns.push({ provider: SOCIAL[provider]!, subject });
  }
  return { databaseIds, signIns };
}

/** Sign-ins by a code, which Kratos sends to the address itself. */
const CODES = new Set(['email', 'sms']);

const SOCIAL: Record<string, string> = {
  'google-oauth2': 'google',
  windowslive: 'microsoft',
  apple: 'apple',
  facebook: 'facebook',
  github: 'github',
  linkedin: 'linkedin',
  twitter: 'twitter',
};

function signInOf(identity: JsonObject, provider: string, subject: string): SignIn {
  if (flagAt(identity, 'isSocial') ?? Object.hasOwn(SOCIAL, provider)) {
    return { provider: Object.hasOwn(SOCIAL, provider) ? SOCIAL[provider]! : provider, subject };
  }
  const connection = textAt(identity, 'connection') ?? provider;
  const prefix = `${connection}|`;
  const bare = subject.startsWith(prefix) ? subject.slice(prefix.length) : subject;
  return { provider: connection, subject: bare, isOwn: true };
}
