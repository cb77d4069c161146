/** Maps the header of a file: its columns to their targets. */
import type { FileProblem, Warning } from '../contract/codes.js';
import { inputPart } from '../contract/input-part.js';
import { REJECT_COLUMNS } from '../csv/reject-line.js';
import {
  addressPath,
  defaultTarget,
  describeTarget,
  givesKey,
  targetOf,
  traitPathOf,
  type Column,
  type ColumnMap,
  type KeyPlace,
  type Target,
} from './columns.js';
import { sameForPeople } from './email.js';
import { byHeader, looksLikeName } from './header-names.js';
import { HeaderWords, labelOf, listed, MOST_NAMED, sendTo } from './header-words.js';
import { identifierPlaces, verifiablePaths } from './identifiers.js';
import { placeFor } from './known-places.js';
import type { MappingInput } from './mapping-problems.js';
import {
  emailPath,
  isEmailTrait,
  isRequired,
  traitAt,
  traitUse,
  type IdentitySchema,
} from './schema.js';

export type MapColumnsResult =
  { ok: true; map: ColumnMap; warnings: Warning[] } | { ok: false; problem: FileProblem };

/** What a header is mapped by beside its names. */
export interface MapOptions extends Partial<Omit<MappingInput, 'columns'>> {
  /** Whether messages go to whoever has the file before them: they then name every column as the header does. */
  showsNames?: boolean | undefined;
}

/**
 * Maps a header to targets: `overrides` first, then the default names; any other column is ignored with a warning.
 * @param names the header's names, trimmed
 * @param overrides the input's `columns`; free, as the other options are, of what `mappingProblems` finds
 */
export function mapColumns(
  names: string[],
  overrides: Record<string, string>,
  schema: IdentitySchema,
  { values = {}, defaults = {}, showsNames = false }: MapOptions = {},
): MapColumnsResult {
  const { of: sent } = byHeader(overrides, [...names, ...Object.keys(defaults)]);
  const { of: read } = byHeader(values, names);
  const { columns, rejectColumns, ignored } = assignTargets(names, sent);
  for (const column of columns) column.values = read.get(column.name);
  columns.push(...constantColumns(names.length, defaults, sent));

  for (const column of emailColumns(columns, schema)) column.rule = 'email';
  const keys = keysOf(columns, schema);
  const header = new HeaderWords(names, schema, showsNames);
  const problem =
    (keys.length > 0 ? undefined : withoutEmail(header)) ??
    twoToOne(columns) ??
    withoutTrait(columns, header);
  if (problem) return { ok: false, problem };
  return {
    ok: true,
    map: { width: names.length, columns, rejectColumns, keys },
    warnings: [...warningsOf(ignored, columns, header), ...verifiedInVain(columns, schema)],
  };
}

/** @returns `ignored` are the positions of columns without a target */
function assignTargets(
  names: string[],
  sent: ReadonlyMap<string, string>,
): Pick<ColumnMap, 'columns' | 'rejectColumns'> & { ignored: number[] } {
  const columns: Column[] = [];
  const rejectColumns: number[] = [];
  const ignored: number[] = [];
  for (const [index, name] of names.entries()) {
    const text = sent.get(name) ?? defaultTarget(name);
    if (text === undefined) {
      const key = sameForPeople(name);
      if (REJECT_COLUMNS.some((rejectColumn) => rejectColumn === key)) rejectColumns.push(index);
      else ignored.push(index);
      continue;
    }
    const target = targetOf(text);
    if (target.to !== 'ignore') columns.push({ index, name, target, ...ruleOf(name, target) });
  }
  return { columns, rejectColumns, ignored };
}

/** A default's name is that of a column, or a target itself. */
function constantColumns(
  width: number,
  defaults: Record<string, string>,
  sent: ReadonlyMap<string, string>,
): Column[] {
  return Object.entries(defaults).flatMap(([name, constant], i) => {
    const target = constantTarget(name, sent);
    if (target.to === 'ignore') return [];
    return [{ index: width + i, name, target, constant, ...ruleOf(name, target) }];
  });
}

function constantTarget(name: string, sent: ReadonlyMap<string, string>): Target {
  return targetOf(sent.get(name) ?? defaultTarget(name) ?? name);
}

/** More warnings than this say nothing more, and a workflow carries them. */
const MAX_WARNINGS = 50;

function warningsOf(ignored: number[], columns: Column[], header: HeaderWords): Warning[] {
  const taken = new Set(columns.map(({ target }) => describeTarget(target)));
  const texts = ignored.slice(0, MAX_WARNINGS).map((index) => {
    const place = header.placeOf(index);
    const way = place && !taken.has(place.target) ? header.wayTo(index, place) : undefined;
    const text = `${header.label(index)} is ignored`;
    return place && way !== undefined ? `${text}. If it is ${place.name}: ${way}` : text;
  });
  const more = ignored.length - texts.length;
  if (more > 0) texts.push(`${more} more columns are ignored`);
  return texts.map((text) => ({ code: 'unknown_column', message: `unknown_column: ${text}` }));
}

/** Targets that say what is verified, where the schema has nothing of it to verify. */
function verifiedInVain(columns: Column[], schema: IdentitySchema): Warning[] {
  const address = addressPath({ columns })?.join();
  const isVain = {
    email_verified: !verifiablePaths(schema, 'email').some((path) => path.join() === address),
    phone_verified: verifiablePaths(schema, 'sms').length === 0,
  };
  const vain = (['email_verified', 'phone_verified'] as const).filter(
    (to) => isVain[to] && columns.some(({ target }) => target.to === to),
  );
  return vain.map((to) => ({
    code: 'nothing_to_verify',
    message: `nothing_to_verify: ${to} changes nothing, since the identity schema does not mark ${to === 'email_verified' ? 'the address' : 'any phone number'} for verification`,
  }));
}

/**
 * The column mapped to `traits.email`, else the one named email that is mapped to another trait, else the first one that
 * is mapped to a trait for addresses, if possible one that users sign in with. Of a list, all columns that give entries.
 */
function emailColumns(columns: Column[], schema: IdentitySchema): Column[] {
  const traits = columns.flatMap((column) => {
    const path = traitPathOf(column);
    return path ? [{ column, path, trait: traitAt(schema, path) ?? {} }] : [];
  });
  const addresses = traits.filter(
    ({ column, trait }) => column.constant === undefined && isEmailTrait(trait),
  );
  const found =
    traits.find(({ column }) => describeTarget(column.target) === 'traits.email') ??
    traits.find(({ column }) => isNamed(column.name, 'email')) ??
    addresses.find(({ trait }) => traitUse(trait).identifier) ??
    addresses[0];
  if (!found) return [];
  const isSame = (path: string[]) => JSON.stringify(path) === JSON.stringify(found.path);
  return traits.filter(({ path }) => isSame(path)).map(({ column }) => column);
}

/**
 * The address comes first. Where the schema lets users be without one, there are the other identifiers that the file has.
 * A constant, which all users would share, is none.
 */
function keysOf(columns: Column[], schema: IdentitySchema): KeyPlace[] {
  const address = addressPath({ columns });
  const required = address ?? emailPath(schema);
  const isAddress = ({ path }: KeyPlace) => JSON.stringify(path) === JSON.stringify(address);
  const ofAddress = address ? [{ path: address, isPhone: false }] : [];
  if (required && isRequired(schema, required)) return ofAddress;
  const given = columns.filter(({ constant }) => constant === undefined);
  const isGiven = (place: KeyPlace) => given.some((column) => givesKey(column, place));
  const others = identifierPlaces(schema).filter((place) => !isAddress(place) && isGiven(place));
  return [...ofAddress, ...others];
}

/** The rules follow the default names, and a column of another name that is mapped to such a place. */
function ruleOf(name: string, target: Target): Pick<Column, 'rule'> {
  if (!('path' in target)) return {};
  if (describeTarget(target) === defaultTarget('old_id')) return { rule: 'old_id' };
  // Deeper metadata are another product's, and so are roles that admins keep under a name of their own: neither are
  // those of this import.
  const isOurs = target.to === 'traits' || target.path.length === 1;
  const last = isOurs ? target.path.at(-1) : undefined;
  const isNote = target.to === 'metadata_admin';
  if ((isNamed(name, 'role') && !isNote) || last === 'role') return { rule: 'role' };
  if (isNamed(name, 'tenant_id') || last === 'tenant_id') return { rule: 'tenant' };
  return {};
}

function isNamed(name: string, known: string): boolean {
  return sameForPeople(name) === known;
}

/** Two columns for one place, also where one would be inside the other. */
function twoToOne(columns: Column[]): FileProblem | undefined {
  for (const [i, a] of columns.entries()) {
    for (const b of columns.slice(i + 1)) {
      if (!isOnePlace(a, b) || a.target.to === 'leave_out') continue;
      return headerProblem('duplicate_column', twiceText(a, b));
    }
  }
  return undefined;
}

function isOnePlace(a: Column, b: Column): boolean {
  const [x, y] = [placeOf(a), placeOf(b)];
  if (x === y) return true;
  return 'path' in a.target && 'path' in b.target && (x.startsWith(y) || y.startsWith(x));
}

/** With a dot behind each step, so that a place begins with the one that it is in. */
function placeOf({ target }: Column): string {
  const text = describeTarget(target);
  return `${text.endsWith('[]') ? text.slice(0, -2) : text.replace('[', '.[')}.`;
}

function twiceText(a: Column, b: Column): string {
  if (a.name === b.name) {
    return `the columns ${a.index + 1} and ${b.index + 1} are both called "${a.name}"; rename or remove one`;
  }
  const places = [a, b].map(({ target }) => describeTarget(target));
  const what = [a, b].map(({ name, constant }) =>
    constant === undefined ? `the column "${name}"` : `the default "${name}"`,
  );
  const one = b.constant === undefined ? b : a;
  return `${what.join(' and ')} go to one place (${places.join(' and ')}); map one of them elsewhere or to ignore, for example ${inputPart('columns', { [one.name]: 'ignore' })}`;
}

function withoutTrait(columns: Column[], header: HeaderWords): FileProblem | undefined {
  const { schema, places } = header;
  const all = columns.filter((column) => {
    const path = traitPathOf(column);
    return path && !traitAt(schema, path);
  });
  if (all.length === 0) return undefined;
  const lost = all.slice(0, MOST_NAMED);
  const list = lost.map(({ name, target }) => `"${name}" (${describeTarget(target)})`);
  const taken = new Set(columns.map(({ target }) => describeTarget(target)));
  const ways = lost.map(({ name }) => {
    const place = placeFor(name, places);
    if (place && !taken.has(place.target)) {
      taken.add(place.target);
      return [name, place.target] as const;
    }
    if (isNamed(name, 'email')) return [name, 'traits.<path>'] as const;
    return [name, `metadata_public.${stepFor(name)}`] as const;
  });
  const traits = places.flatMap(({ target }) => (target.startsWith('traits.') ? [target] : []));
  return headerProblem(
    'unmapped_trait',
    `the identity schema "${schema.id}" has no such trait for ${listed(list, all.length)}. It has ${listed(traits.slice(0, MOST_NAMED), traits.length)}. Map each to a trait of the schema, to metadata or to ignore, for example ${inputPart('columns', Object.fromEntries(ways))}`,
  );
}

/** A header as a step of a path: a dot in it would begin another one. */
function stepFor(name: string): string {
  return name.replaceAll('.', '_');
}

function withoutEmail(header: HeaderWords): FileProblem {
  const { names } = header;
  const shown = names.slice(0, MOST_NAMED).map((_, index) => header.knownLabel(index));
  const place = { name: 'email', target: 'traits.email' };
  const meant = header.addressName();
  const way =
    meant === undefined
      ? `Name it email in the header, or map it: ${sendTo('<its name>', place)}`
      : `If "${meant}" is it: ${sendTo(meant, place)}`;
  return headerProblem(
    'missing_email_column',
    `no column holds the address. The header has ${listed(shown, names.length)}. ${way}${withoutAddress(header.schema)}`,
  );
}

/** The other way of a schema whose users need no address. */
function withoutAddress(schema: IdentitySchema): string {
  const address = emailPath(schema);
  if (address && isRequired(schema, address)) return '';
  const [other] = identifierPlaces(schema)
    .map(({ path }) => targetTo(path))
    .filter((target) => target !== (address && targetTo(address)));
  if (other === undefined) return '';
  return `. Where users have none, map another identifier: ${sendTo('<its name>', { target: other })}`;
}

function targetTo(path: string[]): string {
  const isList = path.at(-1) === '*';
  return `traits.${(isList ? path.slice(0, -1) : path).join('.')}${isList ? '[]' : ''}`;
}

function headerProblem(code: FileProblem['code'], text: string): FileProblem {
  return { code, line: 1, message: `${code}: ${text}.` };
}

/** A column by its name where that looks like a name; any other text in a header may be personal data. */
export function columnLabel(names: string[], index: number): string {
  const name = names[index];
  if (name === undefined) return 'a default';
  return labelOf(index, name, looksLikeName(name));
}
