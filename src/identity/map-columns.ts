/** Maps the header of a file: its columns to their targets. */
import type { FileProblem, Warning } from '../contract/codes.js';
import { REJECT_COLUMNS } from '../csv/reject-line.js';
import {
  DEFAULT_TARGETS,
  describeTarget,
  parseTarget,
  type Column,
  type ColumnMap,
  type Target,
} from './columns.js';
import { traitAt, type IdentitySchema } from './schema.js';

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
  const { columns, rejectColumns, ignored } = assignTargets(names, overrides);
  const email = emailColumn(columns);
  if (email) email.rule = 'email';
  const problem =
    repeatedName(names) ??
    (email ? undefined : NO_EMAIL_COLUMN) ??
    twoToOne(columns) ??
    withoutTrait(columns, schema);
  if (problem) return { ok: false, problem };
  return {
    ok: true,
    map: { width: names.length, columns, rejectColumns },
    warnings: warningsOf(ignored),
  };
}

/** @returns `ignored` are the labels of columns without a target */
function assignTargets(
  names: string[],
  overrides: Record<string, string>,
): Pick<ColumnMap, 'columns' | 'rejectColumns'> & { ignored: string[] } {
  const columns: Column[] = [];
  const rejectColumns: number[] = [];
  const ignored: string[] = [];
  for (const [index, name] of names.entries()) {
    const text = own(overrides, name) ?? own(DEFAULT_TARGETS, name);
    if (text === undefined) {
      if (REJECT_COLUMNS.some((rejectColumn) => rejectColumn === name)) rejectColumns.push(index);
      else ignored.push(columnLabel(names, index));
      continue;
    }
    const target = parseTarget(text);
    if (typeof target === 'string') throw new Error(`unchecked target for column ${index + 1}`);
    if (target.to !== 'ignore') columns.push({ index, name, target, ...ruleOf(name, target) });
  }
  return { columns, rejectColumns, ignored };
}

/** A header may be called `constructor`, which every object has. */
function own(targets: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(targets, name) ? targets[name] : undefined;
}

/** More warnings than this say nothing more, and a workflow carries them. */
const MAX_WARNINGS = 50;

function warningsOf(ignored: string[]): Warning[] {
  const texts = ignored.slice(0, MAX_WARNINGS).map((column) => `${column} is ignored`);
  const more = ignored.length - texts.length;
  if (more > 0) texts.push(`${more} more columns are ignored`);
  return texts.map((text) => ({ code: 'unknown_column', message: `unknown_column: ${text}` }));
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

function repeatedName(names: string[]): FileProblem | undefined {
  const repeated = names.findIndex((name, i) => name !== '' && names.indexOf(name) !== i);
  if (repeated < 0) return undefined;
  const text = `${columnLabel(names, repeated)} is in the header twice; rename or remove one`;
  return headerProblem('duplicate_column', text);
}

/** Two columns for one place, also where one would be inside the other. */
function twoToOne(columns: Column[]): FileProblem | undefined {
  for (const [i, a] of columns.entries()) {
    for (const b of columns.slice(i + 1)) {
      const [x, y] = [`${describeTarget(a.target)}.`, `${describeTarget(b.target)}.`];
      if (!x.startsWith(y) && !y.startsWith(x)) continue;
      return headerProblem(
        'duplicate_column',
        `the columns "${a.name}" and "${b.name}" go to one place (${describeTarget(a.target)} and ${describeTarget(b.target)}); map one of them elsewhere or to ignore`,
      );
    }
  }
  return undefined;
}

/** An error that names more columns would be cut. */
const MAX_NAMED = 20;

function withoutTrait(columns: Column[], schema: IdentitySchema): FileProblem | undefined {
  const all = columns.filter(
    ({ target }) => target.to === 'traits' && !traitAt(schema, target.path),
  );
  if (all.length === 0) return undefined;
  const lost = all.slice(0, MAX_NAMED);
  const more = all.length > lost.length ? `, and ${all.length - lost.length} more` : '';
  const list = lost.map(({ name, target }) => `"${name}" (${describeTarget(target)})`).join(', ');
  const example = JSON.stringify(
    Object.fromEntries(
      lost.map(({ name }) => [
        name,
        name === 'email' ? 'traits.<path>' : `metadata_public.${name}`,
      ]),
    ),
  );
  return headerProblem(
    'unmapped_trait',
    `the identity schema "${schema.id}" has no such trait for ${list}${more}. Map each to a trait of the schema, to metadata or to ignore, for example "columns": ${example}`,
  );
}

function headerProblem(code: FileProblem['code'], text: string): FileProblem {
  return { code, line: 1, message: `${code}: ${text}.` };
}

const NO_EMAIL_COLUMN = headerProblem(
  'missing_email_column',
  "no column holds the address; name it email in the header, or map a column to traits.email with the input's columns",
);

/** A column by its name where that looks like a name; any other text in a header may be personal data. */
export function columnLabel(names: string[], index: number): string {
  const name = names[index]!;
  return /^[A-Za-z_][A-Za-z0-9 _.-]{0,63}$/.test(name) ? `column "${name}"` : `column ${index + 1}`;
}
