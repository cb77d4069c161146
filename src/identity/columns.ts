/** Which column of the file goes where in an identity. */
import { sameForPeople } from './email.js';
import { ORIGIN_KEY } from './origin.js';
import type { PartOfHash } from '../passwords/formats/converted.js';
import { HASH_FORMATS, isHashFormat, type HashFormatName } from '../passwords/formats/formats.js';

/** Where a column's values go. */
export type Target =
  | {
      to: 'traits' | 'metadata_public' | 'metadata_admin';
      path: string[];
      /** The place in the list at that path; `each` for a cell that holds all of the list. */
      entry?: number | 'each';
    }
  | { to: SignInTarget; provider: string }
  | HashTarget
  | { to: (typeof PLAIN_TARGETS)[number] };

/** What signs in with an account elsewhere: a subject of a provider. */
type SignInTarget = 'sign_in' | 'saml';

/** A hash as another product writes it; without a format one that says itself what it is. */
export interface HashTarget {
  to: 'password_hash';
  format?: HashFormatName;
  /** What else than the hash stands in a column of its own, such as the salt. */
  part?: string;
}

/** A column that is imported: its position in the row, its name and its target. */
export interface Column {
  index: number;
  name: string;
  target: Exclude<Target, { to: 'ignore' }>;
  /** The rule that its cells obey beyond the schema. */
  rule?: 'email' | 'role' | 'tenant' | 'old_id';
  /** What is read in the place of what stands in its cells. */
  values?: Record<string, string> | undefined;
  /** The value of every row, of a column that the file lacks; its index is beyond the cells of the header. */
  constant?: string;
}

export interface ColumnMap {
  /** Cells that a row must have. */
  width: number;
  columns: Column[];
  /** Columns of an earlier rejects.csv: known, never imported, replaced when rejects.csv is written again. */
  rejectColumns: number[];
  /**
   * What users are known by: the address, where the file has it, and where they may be without one the other identifiers
   * that it has, in the order of the schema.
   */
  keys: KeyPlace[];
}

/** A trait that users are known by. */
export interface KeyPlace {
  /** A `*` at its end stands for each entry of a list. */
  path: string[];
  /** Kept by Kratos as a phone number, to which it sends codes. */
  isPhone: boolean;
}

/** The trait of the address, with a `*` behind it where that is a list; undefined where the file has none. */
export function addressPath({ columns }: Pick<ColumnMap, 'columns'>): string[] | undefined {
  const column = columns.find(({ rule }) => rule === 'email');
  return column && traitPathOf(column);
}

/** The trait that a column gives, with a `*` behind it for a column that gives entries of it. */
export function traitPathOf({ target }: Pick<Column, 'target'>): string[] | undefined {
  if (target.to !== 'traits') return undefined;
  return target.entry === undefined ? target.path : [...target.path, '*'];
}

/** The column that holds each user's id in the product they come from. */
export function oldIdColumn({ columns }: Pick<ColumnMap, 'columns'>): Column | undefined {
  return columns.find(({ rule }) => rule === 'old_id');
}

/** Whether a column gives what is at a place: all of it, also a list as JSON, or entries of it. */
export function givesKey(
  column: Pick<Column, 'target'>,
  { path }: Pick<KeyPlace, 'path'>,
): boolean {
  const own = traitPathOf(column);
  return own !== undefined && withoutEntry(own) === withoutEntry(path);
}

function withoutEntry(path: string[]): string {
  return JSON.stringify(path.at(-1) === '*' ? path.slice(0, -1) : path);
}

/** The places of keys other than the address. */
export function otherKeys(map: Pick<ColumnMap, 'columns' | 'keys'>): KeyPlace[] {
  const address = JSON.stringify(addressPath(map));
  return map.keys.filter(({ path }) => JSON.stringify(path) !== address);
}

/** Where the columns of these names go, unless the input's `columns` says otherwise. */
export const DEFAULT_TARGETS: Readonly<Record<string, string>> = {
  email: 'traits.email',
  first_name: 'traits.first_name',
  last_name: 'traits.last_name',
  role: 'traits.role',
  tenant_id: 'traits.tenant_id',
  initial_password: 'password',
  password_hash: 'password_hash',
  external_id: 'external_id',
  old_id: 'metadata_admin.old_id',
  state: 'state',
};

/**
 * Where a column goes by its name alone: that of a default column, or of a target.
 * @param name as the header or the input spells it
 */
export function defaultTarget(name: string): string | undefined {
  return namedTarget(name) ?? ownTarget(name);
}

function namedTarget(name: string): string | undefined {
  const known = sameForPeople(name);
  // A header may be called `constructor`, which every object has.
  return Object.hasOwn(DEFAULT_TARGETS, known) ? DEFAULT_TARGETS[known] : undefined;
}

/** Not by these names: a column called `password` holds hashes as often as passwords, and `ignore` says nothing. */
const NEVER_BY_NAME = new Set(['password', 'ignore']);

/** The target that a header is the name of. Steps of a path are spelled as in the schema, other names as people do. */
function ownTarget(name: string): string | undefined {
  const text = name.includes('.') ? name : sameForPeople(name);
  if (NEVER_BY_NAME.has(text) || typeof parseTarget(text) === 'string') return undefined;
  return text;
}

const PATH_ROOTS = ['traits', 'metadata_public', 'metadata_admin'] as const;
const PLAIN_TARGETS = [
  ...([
    'external_id',
    'organization_id',
    'state',
    'inactive_until',
    'leave_out',
    'action',
  ] as const),
  ...(['email_verified', 'phone_verified', 'password', 'password_migration_hook'] as const),
  ...(['totp_url', 'lookup_codes', 'passkeys', 'ignore'] as const),
] as const;
/** The provider's id follows a dot, and may have dots itself. */
const HASH_TARGET = /^password_hash(?:\.([^.]+))?(?:\.([^.]+))?$/;
const SIGN_IN_TARGET = /^(sign_in|saml)\.(.+)$/s;
/**
 * Every object has these of its own accord (`__proto__`, `constructor`, `toString` …): no column may reach into them.
 */
const isForbidden = (step: string): boolean => step === '' || step === 'prototype' || step in {};

/**
 * Reads a target as an admin writes it; the name of a default column stands for where that goes. Returns what is wrong
 * with it as a string: the path is not one, it would reach into JavaScript's own objects, or it is where the import keeps
 * each identity's origin.
 */
export function parseTarget(text: string): Target | string {
  const plain = PLAIN_TARGETS.find((target) => target === text);
  if (plain) return { to: plain };
  const [, kind, provider] = SIGN_IN_TARGET.exec(text) ?? [];
  if (provider !== undefined) return { to: kind as SignInTarget, provider };
  const hash = HASH_TARGET.exec(text);
  if (hash) return parseHashTarget(hash[1], hash[2]);
  const named = namedTarget(text);
  if (named !== undefined) return parseTarget(named);
  const { place = text, entry } = ENTRY.exec(text)?.groups ?? {};
  const [root, ...path] = place.split('.');
  const to = PATH_ROOTS.find((name) => name === root);
  if (!to || path.length === 0) {
    return `is not a target; the targets are traits.<path>, metadata_public.<path>, metadata_admin.<path>, password_hash, password_hash.<format>, sign_in.<provider>, saml.<provider>, ${PLAIN_TARGETS.join(', ')}, and the names of the default columns`;
  }
  if (path.some(isForbidden)) return 'has a path with a step that is not a name';
  if (to === 'metadata_admin' && path[0] === ORIGIN_KEY) {
    return 'is where the import keeps the origin of each identity; choose another path';
  }
  if (entry === undefined) return { to, path };
  if (Number(entry) >= MOST_ENTRIES) return `names a place in a list beyond ${MOST_ENTRIES - 1}`;
  return { to, path, entry: entry === '' ? 'each' : Number(entry) };
}

function parseHashTarget(format: string | undefined, part: string | undefined): Target | string {
  if (format === undefined) return { to: 'password_hash' };
  if (!isHashFormat(format)) {
    return `names no format of password hashes; there are ${Object.keys(HASH_FORMATS).join(', ')}`;
  }
  if (part === undefined) return { to: 'password_hash', format };
  const { parts } = HASH_FORMATS[format];
  if (Object.hasOwn(parts, part)) return { to: 'password_hash', format, part };
  const known = Object.keys(parts).join(', ');
  return `names no part of ${format} hashes; there are ${known === '' ? 'none' : known}`;
}

/** Whether its cells help to sign in, or to guess a password: no input of a workflow may hold one. */
export function isSecret(target: Target): boolean {
  if (target.to !== 'password_hash') return target.to === 'password';
  const { format, part } = target;
  return format === undefined || part === undefined || partOf(format, part)?.secret === true;
}

function partOf(format: HashFormatName, part: string): PartOfHash | undefined {
  const parts: Readonly<Record<string, PartOfHash>> = HASH_FORMATS[format].parts;
  return parts[part];
}
/** The end of a target within a list, `traits.emails[0]`, or of one that is all of a list, `traits.emails[]`. */
const ENTRY = /^(?<place>[^[\]]+)\[(?<entry>\d{0,9})\]$/;
/** Of one list of a row. */
export const MOST_ENTRIES = 100;

/** Every entry of the input's `columns` that is not a target; the import refuses to start with these. */
export function targetProblems(columns: Record<string, string | string[]>): string[] {
  return Object.entries(columns).flatMap(([header, texts]) =>
    [texts].flat().flatMap((text) => {
      const target = parseTarget(text);
      if (typeof target !== 'string') return [];
      const way = /^[A-Za-z_]\w*$/.test(text)
        ? ` For a trait of that name write "traits.${text}".`
        : '';
      return [`columns.${header}: "${text}" ${target}.${way}`];
    }),
  );
}

/** @param text a target that is known to be one */
export function targetOf(text: string): Target {
  const target = parseTarget(text);
  if (typeof target === 'string') throw new Error('a target that was not checked');
  return target;
}

export function describeTarget(target: Target): string {
  if (target.to === 'password_hash') {
    return [target.to, target.format, target.part].filter(Boolean).join('.');
  }
  if ('provider' in target) return `${target.to}.${target.provider}`;
  if (!('path' in target)) return target.to;
  const { to, path, entry } = target;
  const inList = entry === undefined ? '' : `[${entry === 'each' ? '' : entry}]`;
  return `${[to, ...path].join('.')}${inList}`;
}

/** Where the columns of roles, or those of tenants, put what they hold. */
export function pathsOfRule({ columns }: ColumnMap, wanted: 'role' | 'tenant'): string[][] {
  return columns.flatMap(({ rule, target }) =>
    rule === wanted && 'path' in target ? [[target.to, ...target.path]] : [],
  );
}
