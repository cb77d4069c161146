/** Which column of the file goes where in an identity. */
import { sameForPeople } from './email.js';
import { ORIGIN_KEY } from './origin.js';
import type { PartOfHash } from '../passwords/formats/converted.js';
import { HASH_FORMATS, isHashFormat, type HashFormatName } from '../passwords/formats/formats.js';

/** Where a column's values go. */
export type Target =
  | { to: 'traits' | 'metadata_public' | 'metadata_admin'; path: string[] }
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
  rule?: 'email' | 'role' | 'tenant';
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
}

/** The column that holds the address; every map has one. */
export function addressColumn({ columns }: Pick<ColumnMap, 'columns'>): Column {
  return columns.find(({ rule }) => rule === 'email')!;
}

/** The trait that it goes to. */
export function addressPath(map: Pick<ColumnMap, 'columns'>): string[] {
  return (addressColumn(map).target as { path: string[] }).path;
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
  ...(['external_id', 'organization_id', 'state', 'password'] as const),
  ...(['password_migration_hook', 'totp_url', 'lookup_codes', 'passkeys', 'ignore'] as const),
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
  const [root, ...path] = text.split('.');
  const to = PATH_ROOTS.find((name) => name === root);
  if (!to || path.length === 0) {
    return 'is not a target; the targets are traits.<path>, metadata_public.<path>, metadata_admin.<path>, external_id, state, password, password_hash, password_hash.<format>, sign_in.<provider>, password_migration_hook, organization_id, saml.<provider>, totp_url, lookup_codes, passkeys, ignore, and the names of the default columns';
  }
  if (path.some(isForbidden)) return 'has a path with a step that is not a name';
  if (to === 'metadata_admin' && path[0] === ORIGIN_KEY) {
    return 'is where the import keeps the origin of each identity; choose another path';
  }
  return { to, path };
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

/** Every entry of the input's `columns` that is not a target; the import refuses to start with these. */
export function targetProblems(columns: Record<string, string>): string[] {
  return Object.entries(columns).flatMap(([header, text]) => {
    const target = parseTarget(text);
    if (typeof target !== 'string') return [];
    const way = /^[A-Za-z_]\w*$/.test(text)
      ? ` For a trait of that name write "traits.${text}".`
      : '';
    return [`columns.${header}: "${text}" ${target}.${way}`];
  });
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
  return 'path' in target ? [target.to, ...target.path].join('.') : target.to;
}
