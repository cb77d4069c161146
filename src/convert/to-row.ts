/** A user of another product as a row of the CSV: by the names of its columns, of which another user may have others. */
import { BOUNDS, isLonger } from '../csv/bounds.js';
import { defaultTarget } from '../identity/columns.js';
import type { JsonObject } from '../identity/json-pointer.js';
import { kratosHash } from '../passwords/formats/kratos-hash.js';
import { ConvertError } from './convert-error.js';
import type { ForeignPassword, ForeignUser } from './foreign-user.js';

export interface RowOptions {
  /** The id in Kratos of a product's provider or connection; the empty text leaves its sign-ins out. */
  providers: ReadonlyMap<string, string>;
  /** What becomes of users whose password is lost; undefined where nobody has said it. */
  lostPasswords: LostPasswords | undefined;
}

/** `mail`: they choose another one by their invitation. `hook`: Kratos asks a server of the operator's own. */
export type LostPasswords = 'mail' | 'hook';

export interface ConvertedRow {
  cells: Map<string, string>;
  password: 'kept' | 'converted' | 'none' | { lost: string };
  /** Providers of the sign-ins that are in the row. */
  signIns: string[];
  lost: string[];
  changed: string[];
}

/** The columns in this order, then sign-ins, then metadata. */
export const FIRST_COLUMNS = [
  ...['email', 'username', 'phone', 'first_name', 'last_name', 'name', 'picture', 'state'],
  ...['email_verified', 'phone_verified', 'password_hash', 'password_migration_hook', 'old_id'],
  'metadata_admin.created_at',
];

/** @throws ConvertError when the export was made without hashes */
export function toRow(user: ForeignUser, options: RowOptions): ConvertedRow {
  const row: ConvertedRow = {
    cells: new Map(),
    password: 'none',
    signIns: [],
    lost: [...user.lost],
    changed: [],
  };
  const { firstName, lastName, inactive, emailVerified, phoneVerified } = user;
  put(row, 'email', user.email);
  for (const [name, text] of Object.entries(user.profile)) put(row, name, text);
  put(row, 'first_name', firstName);
  put(row, 'last_name', lastName);
  put(row, 'state', inactive ? 'inactive' : undefined);
  if (user.email !== undefined) put(row, 'email_verified', flag(emailVerified));
  put(row, 'phone_verified', flag(phoneVerified));
  putPassword(row, user.password, options);
  putSignIns(row, user, options.providers);
  put(row, 'old_id', user.oldId);
  put(row, 'metadata_admin.created_at', user.createdAt);
  for (const [place, data] of Object.entries(user.metadata)) putMetadata(row, place, data ?? {});
  if (user.email === undefined) {
    row.changed.push('no address: imported only where the schema has another identifier');
  }
  return row;
}

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function put({ cells, lost }: ConvertedRow, column: string, text: string | undefined): void {
  if (text === undefined || text === '') return;
  if (isLonger(text, BOUNDS.cellBytes)) lost.push('values longer than a cell may be');
  else cells.set(column, text);
}

function putPassword(row: ConvertedRow, password: ForeignPassword, options: RowOptions): void {
  row.password = passwordOf(row, password);
  if (typeof row.password === 'object' && options.lostPasswords === 'hook') {
    put(row, 'password_migration_hook', 'true');
  }
}

function passwordOf(row: ConvertedRow, password: ForeignPassword): ConvertedRow['password'] {
  if (password === 'none') return 'none';
  if ('missing' in password) return { lost: password.missing };
  const converted = kratosHash(password.format, password.parts);
  if ('none' in converted) return 'none';
  if ('withheld' in converted) {
    throw new ConvertError(`A password hash of the export ${converted.withheld}.`);
  }
  if ('unsupported' in converted) return { lost: `the hash ${converted.unsupported}` };
  if ('problem' in converted) return { lost: `the hash ${converted.problem}` };
  if ('plain' in converted) return { lost: 'a plain password in the place of a hash' };
  put(row, 'password_hash', converted.hash);
  return converted.hash === password.parts['hash'] ? 'kept' : 'converted';
}

/** A column holds one sign-in: the first of each provider. */
function putSignIns(
  row: ConvertedRow,
  { signIns }: ForeignUser,
  providers: RowOptions['providers'],
): void {
  for (const { provider, subject, isOwn } of signIns) {
    const id = providers.get(provider) ?? (isOwn ? undefined : provider);
    const column = `sign_in.${id}`;
    if (id === undefined) {
      row.lost.push(`sign-ins by ${shown(provider)}: name its id in Kratos with --provider`);
    } else if (id === '') row.lost.push(`sign-ins by ${shown(provider)}, as --provider says`);
    else if (row.cells.has(column)) row.lost.push(`second sign-ins by ${shown(id)}`);
    else {
      put(row, column, subject);
      row.signIns.push(id);
    }
  }
}

/** A connection has the name that its admin gave it. */
function shown(provider: string): string {
  return /^[\w.:-]{1,64}$/.test(provider) ? provider : 'a provider';
}

/** Users may write into some of it: a key that is no plain name takes no column, and can be none that an import refuses. */
const KEY = /^[A-Za-z_][\w-]{0,63}$/;

function putMetadata(row: ConvertedRow, place: string, data: JsonObject): void {
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined || value === null || value === '') continue;
    const column = `${place}.${key}`;
    if (!KEY.test(key) || defaultTarget(column) === undefined || row.cells.has(column)) {
      row.lost.push('metadata under keys that cannot be columns');
      continue;
    }
    if (typeof value === 'object') {
      row.changed.push('metadata that are lists or objects, kept as JSON text');
    } else if (typeof value !== 'string') {
      row.changed.push('metadata that are numbers or booleans, kept as text');
    }
    put(row, column, typeof value === 'string' ? value : JSON.stringify(value));
  }
}
