/** Supabase: the tables auth.users and auth.identities, each as a CSV. */
import type { JsonObject } from '../../identity/json-pointer.js';
import { ConvertError } from '../convert-error.js';
import { CsvTable } from '../csv-table.js';
import {
  flagAt,
  idAt,
  jsonObjectAt,
  textAt,
  timeAt,
  UnreadableRecord,
  type ForeignUser,
  type LeftOut,
  type SignIn,
} from '../foreign-user.js';
import type { InputFile } from '../input-file.js';
import { RecordIndex } from '../record-index.js';
import type { Read, Source } from '../source.js';

export const supabase: Source = {
  title: 'Supabase',
  files: 'the tables auth.users and auth.identities, each as a CSV with a header',
  open: async (files) => {
    const { users, identities } = await sorted(files);
    const store = await IdentityStore.of(identities);
    return { read: () => readTables(users, store) };
  },
};

async function sorted(files: InputFile[]): Promise<Record<'users' | 'identities', CsvTable[]>> {
  const users: CsvTable[] = [];
  const identities: CsvTable[] = [];
  for (const file of files) {
    if (/^\s*[[{]/.test(file.start.toString())) {
      throw new ConvertError(
        `${file.name} is JSON. Supabase's API hands out no hashes; expected: ${supabase.files}. Export them with psql: \\copy auth.users to 'users.csv' csv header`,
      );
    }
    const table = await CsvTable.open(file);
    if (table.has('id', 'encrypted_password')) users.push(table);
    else if (table.has('user_id', 'provider')) identities.push(table);
    else throw new ConvertError(`${file.name} is neither table. Expected: ${supabase.files}.`);
  }
  if (users.length === 0) {
    throw new ConvertError(
      `${identities.map(({ file }) => file.name).join(', ')}: auth.identities, without auth.users. Name both.`,
    );
  }
  return { users, identities };
}

/** The social sign-ins of each user, which are read again one by one. */
class IdentityStore {
  private constructor(private readonly tables: { table: CsvTable; index: RecordIndex }[]) {}

  static async of(tables: CsvTable[]): Promise<IdentityStore> {
    const indexed = [];
    for (const table of tables) {
      const index = new RecordIndex();
      for await (const { cells, ...place } of table.read()) {
        const userId = cells?.['user_id'];
        if (typeof userId === 'string') index.add(userId, place);
      }
      indexed.push({ table, index });
    }
    return new IdentityStore(indexed);
  }

  get isEmpty(): boolean {
    return this.tables.length === 0;
  }

  of(userId: string): SignIn[] {
    const signIns: SignIn[] = [];
    for (const { table, index } of this.tables) {
      for (const place of index.placesOf(userId)) {
        const row = table.at(place);
        if (row['user_id'] === userId) signIns.push(...signInOf(row));
      }
    }
    return signIns;
  }
}

async function* readTables(tables: CsvTable[], identities: IdentityStore): AsyncGenerator<Read> {
  const now = Date.now();
  for (const table of tables) {
    let record = 0;
    for await (const { cells, start } of table.read()) {
      record++;
      try {
        if (!cells) throw new UnreadableRecord('the row has not as many cells as the header');
        yield toUser(cells, identities, now);
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        yield { unreadable: error.message, file: table.file, start, record };
      }
    }
  }
}

function toUser(row: JsonObject, identities: IdentityStore, now: number): ForeignUser | LeftOut {
  const oldId = idAt(row, 'id');
  if (textAt(row, 'deleted_at') !== undefined) return { leftOut: 'deleted users' };
  if (flagAt(row, 'is_anonymous')) return { leftOut: 'anonymous users' };
  const hash = textAt(row, 'encrypted_password');
  const phone = textAt(row, 'phone');
  const { provider: _, providers, ...appData } = jsonObjectAt(row, 'raw_app_meta_data');
  const userData = jsonObjectAt(row, 'raw_user_meta_data');
  return {
    oldId,
    email: textAt(row, 'email'),
    emailVerified: textAt(row, 'email_confirmed_at') !== undefined,
    phoneVerified:
      phone === undefined ? undefined : textAt(row, 'phone_confirmed_at') !== undefined,
    firstName: nameIn(userData, 'first_name', 'given_name'),
    lastName: nameIn(userData, 'last_name', 'family_name'),
    inactive: isBanned(textAt(row, 'banned_until'), now),
    createdAt: timeAt(row, 'created_at'),
    password: hash === undefined ? 'none' : { format: 'supabase', parts: { hash } },
    signIns: identities.of(oldId),
    profile: {
      // The plus is not in the table.
      phone: phone === undefined ? undefined : `+${phone.replace(/^\+/, '')}`,
      name: nameIn(userData, 'full_name', 'name'),
      picture: nameIn(userData, 'avatar_url', 'picture'),
    },
    metadata: {
      'metadata_public.user_metadata': withoutClaims(userData),
      'metadata_admin.app_metadata': appData,
    },
    lost:
      identities.isEmpty && hasSocial(providers)
        ? ['social sign-ins: auth.identities was not given']
        : [],
  };
}

/** Users may write anything there. */
function nameIn(data: JsonObject, ...keys: string[]): string | undefined {
  return keys.map((key) => data[key]).find((value) => typeof value === 'string' && value !== '') as
    string | undefined;
}

/** What Supabase copies there from the provider, and what has a column of its own here. */
const CLAIMS = new Set([
  ...['iss', 'sub', 'provider_id', 'email', 'email_verified', 'phone_verified', 'full_name'],
  ...['name', 'avatar_url', 'picture', 'first_name', 'last_name', 'given_name', 'family_name'],
]);

function withoutClaims(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !CLAIMS.has(key)));
}

/** `infinity` is a time in Postgres. */
function isBanned(until: string | undefined, now: number): boolean {
  if (until === undefined) return false;
  return until === 'infinity' || new Date(until).getTime() > now;
}

/** Sign-ins by Supabase's own means. */
const OWN = new Set(['email', 'phone']);

function hasSocial(providers: unknown): boolean {
  return Array.isArray(providers) && providers.some((provider) => !OWN.has(provider as string));
}

const NAMES: Record<string, string> = {
  azure: 'microsoft',
  linkedin_oidc: 'linkedin',
  slack_oidc: 'slack',
};

function signInOf(row: JsonObject): SignIn[] {
  const provider = idAt(row, 'provider');
  if (OWN.has(provider)) return [];
  // Older tables have it in `id`, and all of them in the claims.
  const { sub } = jsonObjectAt(row, 'identity_data');
  const subject = textAt(row, 'provider_id') ?? (typeof sub === 'string' ? sub : idAt(row, 'id'));
  if (provider.startsWith('sso:')) return [{ provider, subject, isOwn: true }];
  return [{ provider: Object.hasOwn(NAMES, provider) ? NAMES[provider]! : provider, subject }];
}
