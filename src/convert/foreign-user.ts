/** A user of another product, in the words of an import, and the readers of the values that products write. */
import type { Parts } from '../passwords/formats/converted.js';
import type { HashFormatName } from '../passwords/formats/formats.js';
import { isObject, type JsonObject } from '../identity/json-pointer.js';

export interface SignIn {
  /** As providers are mostly called in Kratos, or as the product names this connection. */
  provider: string;
  subject: string;
  /** Whether the provider is one of the operator's own (SAML, OpenID Connect), for which no name can be guessed. */
  isOwn?: boolean;
}

/** A password as the product keeps it: the arguments of `kratosHash`. */
interface ForeignHash {
  format: HashFormatName | undefined;
  parts: Parts;
}

/** An object of the metadata, of its own where its keys are not ours. */
type MetadataPlace = `metadata_${'public' | 'admin'}${'' | `.${string}`}`;

/** `missing`: the user has a password, and why the files do not hold its hash. */
export type ForeignPassword = ForeignHash | { missing: string } | 'none';

export interface ForeignUser {
  /** The user's id in the product. */
  oldId: string;
  email?: string | undefined;
  emailVerified?: boolean | undefined;
  phoneVerified?: boolean | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  inactive?: boolean | undefined;
  createdAt?: string | undefined;
  password: ForeignPassword;
  signIns: SignIn[];
  /** Under names without a default target, of which the schema may have a trait: `phone`, `username`, `name`. */
  profile: Record<string, string | undefined>;
  /** By where they go: nobody but an admin can write the metadata of Kratos, and users may have written some of these. */
  metadata: Partial<Record<MetadataPlace, JsonObject>>;
  /** What no column can hold, by what it is. */
  lost: string[];
}

/** A user who is left out, and what such users are. */
export interface LeftOut {
  leftOut: string;
}

/** A record that is no user of the product: one row is lost by it, not the file. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

/** @throws UnreadableRecord */
export function objectOf(value: unknown, what = 'the record'): JsonObject {
  if (isObject(value)) return value;
  throw new UnreadableRecord(`${what} is not an object`);
}

/**
 * A text; undefined where there is none. Numbers are how some databases keep ids.
 * @throws UnreadableRecord
 */
export function textAt(record: JsonObject, key: string): string | undefined {
  const value = ownValue(record, key);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new UnreadableRecord(`${key} is not a text`);
}

/** @throws UnreadableRecord */
export function idAt(record: JsonObject, key: string): string {
  const id = textAt(record, key);
  if (id === undefined) throw new UnreadableRecord(`${key} is missing`);
  return id;
}

/**
 * A yes or no, which some products write as a text.
 * @throws UnreadableRecord
 */
export function flagAt(record: JsonObject, key: string): boolean | undefined {
  const value = ownValue(record, key);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'boolean') return value;
  const flag = FLAGS[JSON.stringify(value).replaceAll('"', '').toLowerCase()];
  if (flag === undefined) throw new UnreadableRecord(`${key} is neither true nor false`);
  return flag;
}

const FLAGS: Partial<Record<string, boolean>> = Object.assign(Object.create(null) as object, {
  ...{ true: true, t: true, '1': true, false: false, f: false, '0': false },
});

/**
 * A list; empty where there is none.
 * @throws UnreadableRecord
 */
export function listAt(record: JsonObject, key: string): unknown[] {
  const value = ownValue(record, key);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new UnreadableRecord(`${key} is not a list`);
}

/**
 * An object; empty where there is none. Some products write it as a text.
 * @throws UnreadableRecord
 */
export function jsonObjectAt(record: JsonObject, key: string): JsonObject {
  const value = ownValue(record, key);
  if (value === undefined || value === null || value === '') return {};
  return objectOf(typeof value === 'string' ? parsed(value, key) : value, key);
}

function parsed(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableRecord(`${key} is not JSON`);
  }
}

/** A time, as a text or in milliseconds since 1970, in one spelling. What is none is left out. */
export function timeAt(record: JsonObject, key: string): string | undefined {
  const value = ownValue(record, key);
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const isNumber = typeof value === 'number' || /^\d+$/.test(value);
  const time = new Date(isNumber ? Number(value) : value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** Never what every object has of its own accord. */
function ownValue(record: JsonObject, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
