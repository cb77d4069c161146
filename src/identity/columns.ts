/** Which column of the file goes where in an identity. */
import type { FileProblem, Warning } from '../contract/codes.js';
import { REJECT_COLUMNS } from '../csv/reject-line.js';
import { ORIGIN_KEY } from './origin.js';
import { traitAt, type IdentitySchema } from './schema.js';

/** Where a column's values go. */
type Target =
  | { to: 'traits' | 'metadata_public' | 'metadata_admin'; path: string[] }
  | { to: 'external_id' | 'state' | 'password' | 'password_hash' | 'ignore' };

/** A column that is imported: its position in the row, its name and its target. */
export interface Column {
  index: number;
  name: string;
  target: Exclude<Target, { to: 'ignore' }>;
  /** The rule that its cells obey beyond the schema. */
  rule?: 'email' | 'role' | 'tenant';
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
export const DEFAULT_TARGETS: Record<string, string> = {
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

const PATH_ROOTS = ['traits', 'metadata_public', 'metadata_admin'] as const;
const PLAIN_TARGETS = ['external_id', 'state', 'password', 'password_hash', 'ignore'] as const;
/** Every object has these of its own accord (`__proto__`, `constructor`, `toString` …): no column may reach into them. */
const isForbidden = (step: string): boolean => step === '' || step === 'prototype' || step in {};

/**
 * Reads a target as an admin writes it. Returns what is wrong with it as a string: the path is not one, it would
 * reach into JavaScript's own objects, or it is where the import keeps each identity's origin.
 */
export function parseTarget(text: string): Target | string {
  const plain = PLAIN_TARGETS.find((target) => target === text);
  if (plain) return { to: plain };
  const [root, ...path] = text.split('.');
  const to = PATH_ROOTS.find((name) => name === root);
  if (!to || path.length === 0) {
    return 'is not a target; the targets are traits.<path>, metadata_public.<path>, metadata_admin.<path>, external_id, state, password, password_hash and ignore';
  }
  if (path.some(isForbidden)) return 'has a path with a step that is not a name';
  if (to === 'metadata_admin' && path[0] === ORIGIN_KEY) {
    return 'is where the import keeps the origin of each identity; choose another path';
  }
  return { to, path };
}

/** Every entry of the input's `columns` that is not a target; the import refuses to start with these. */
export function targetProblems(columns: Record<string, string>): string[] {
  return Object.entries(columns).flatMap(([header, text]) => {
    const target = parseTarget(text);
    return typeof target === 'string' ? [`columns.${header}: "${text}" ${target}.`] : [];
  });
}

/** Headers that the input's `columns` name and the file does not have: most likely a typing error. */
export function absentColumns(names: string[], overrides: Record<string, string>): string[] {
  return Object.keys(overrides).filter((header) => !names.includes(header));
}

export type MapColumnsResult =
  { ok: true; map: ColumnMap; warnings: Warning[] } | { ok: false; problem: FileProblem };

/**
 * Maps a header to targets: `overrides` first, then the default names; any other column is ignored with a warning.
 * @param names the header's names, trimmed
 * @param overrides the input's `columns`, already free of target problems
 */
export function mapColumns(
  names: string[],
  overrides: Record<string, string>,
  schema: IdentitySchema,
): MapColumnsResult {
  const repeated = names.findIndex((name, i) => name !== '' && names.indexOf(name) !== i);
  if (repeated >= 0) {
    return fail(
      'duplicate_column',
      `${label(names, repeated)} stands in the header twice; rename or remove one`,
    );
  }
  const columns: Column[] = [];
  const unknown: string[] = [];
  const rejectColumns: number[] = [];
  for (const [index, name] of names.entries()) {
    const text = Object.hasOwn(overrides, name)
      ? overrides[name]!
      : Object.hasOwn(DEFAULT_TARGETS, name)
        ? DEFAULT_TARGETS[name]!
        : undefined;
    if (text === undefined) {
      if (REJECT_COLUMNS.some((known) => known === name)) rejectColumns.push(index);
      else unknown.push(label(names, index));
      continue;
    }
    const target = parseTarget(text);
    if (typeof target === 'string') throw new Error(`unchecked target for column ${index + 1}`);
    if (target.to !== 'ignore') columns.push({ index, name, target, ...ruleOf(name, target) });
  }

  const email = emailColumn(columns);
  if (email) email.rule = 'email';
  else {
    return fail(
      'missing_email_column',
      "no column holds the address; name it email in the header, or map a column to traits.email with the input's columns",
    );
  }
  const problem = twoToOne(columns) ?? withoutTrait(columns, schema);
  if (problem) return problem;
  return {
    ok: true,
    map: { width: names.length, columns, rejectColumns },
    warnings: warnOf(unknown),
  };
}

/** More warnings than this say nothing more, and a workflow carries them. */
const MOST_WARNINGS = 50;

function warnOf(unknown: string[]): Warning[] {
  const told = unknown.slice(0, MOST_WARNINGS).map((column) => `${column} is ignored`);
  const more = unknown.length - told.length;
  if (more > 0) told.push(`${more} more columns are ignored`);
  return told.map((text) => ({ code: 'unknown_column', message: `unknown_column: ${text}` }));
}

/** The column mapped to `traits.email`, else the one named email that is mapped to another trait. */
function emailColumn(columns: Column[]): Column | undefined {
  return (
    columns.find(({ target }) => describeTarget(target) === 'traits.email') ??
    columns.find(({ name, target }) => name === 'email' && target.to === 'traits')
  );
}

/** The rules follow the default names, and a column of another name that is mapped to such a place. */
function ruleOf(name: string, target: Target): Pick<Column, 'rule'> {
  if (!('path' in target)) return {};
  const last = target.path.at(-1);
  if (name === 'role' || last === 'role') return { rule: 'role' };
  if (name === 'tenant_id' || last === 'tenant_id') return { rule: 'tenant' };
  return {};
}

export function describeTarget(target: Target): string {
  return 'path' in target ? [target.to, ...target.path].join('.') : target.to;
}

/** Two columns for one place, also where one would be inside the other. */
function twoToOne(columns: Column[]): MapColumnsResult | undefined {
  for (const [i, a] of columns.entries()) {
    for (const b of columns.slice(i + 1)) {
      const [x, y] = [`${describeTarget(a.target)}.`, `${describeTarget(b.target)}.`];
      if (!x.startsWith(y) && !y.startsWith(x)) continue;
      return fail(
        'duplicate_column',
        `the columns "${a.name}" and "${b.name}" go to one place (${describeTarget(a.target)} and ${describeTarget(b.target)}); map one of them elsewhere or to ignore`,
      );
    }
  }
  return undefined;
}

function withoutTrait(columns: Column[], schema: IdentitySchema): MapColumnsResult | undefined {
  const lost = columns.filter(
    ({ target }) => target.to === 'traits' && !traitAt(schema, target.path),
  );
  if (lost.length === 0) return undefined;
  const list = lost.map(({ name, target }) => `"${name}" (${describeTarget(target)})`).join(', ');
  const example = JSON.stringify(
    Object.fromEntries(
      lost.map(({ name }) => [
        name,
        name === 'email' ? 'traits.<path>' : `metadata_public.${name}`,
      ]),
    ),
  );
  return fail(
    'unmapped_trait',
    `the identity schema "${schema.id}" has no such trait for ${list}. Map each to a trait of the schema, to metadata or to ignore, for example "columns": ${example}`,
  );
}

function fail(code: FileProblem['code'], text: string): MapColumnsResult {
  return { ok: false, problem: { code, line: 1, message: `${code}: ${text}.` } };
}

/** A column by name where that looks like a name; what else stands in a header may be somebody's data. */
function label(names: string[], index: number): string {
  const name = names[index]!;
  return /^[A-Za-z_][A-Za-z0-9 _.-]{0,63}$/.test(name) ? `column "${name}"` : `column ${index + 1}`;
}
