/** A file to begin with: the header that an identity schema asks for, and a row of an invented person. */
import { csvCell } from '../csv/write.js';
import { DEFAULT_TARGETS } from '../identity/columns.js';
import { exampleValue } from '../identity/example-value.js';
import { setAt, type JsonObject } from '../identity/json-pointer.js';
import { identifierPlaces } from '../identity/identifiers.js';
import {
  compileTraitCheck,
  emailPath,
  traitAt,
  traitPaths,
  type IdentitySchema,
} from '../identity/schema.js';
import { traitReader } from '../identity/trait-value.js';
import { PreflightError } from '../contract/errors.js';
import { isWithin } from './check-traits.js';

export interface Template {
  /** The header and the row, each with its line end. */
  csv: string;
  /** The input's `columns` for those that have no default target. */
  columns: Record<string, string>;
  /** What the schema asks for that the row lacks, since no example is known. */
  missing: string[];
}

/** What the worker allows; the row is to be valid. */
interface Lists {
  roles: readonly string[];
  tenants?: readonly string[] | undefined;
}

interface TemplateColumn {
  name: string;
  path: string[];
  trait: JsonObject;
  cell: string;
}

/** @returns traits of an invented person, as far as examples are known */
export function exampleTraits(schema: IdentitySchema, lists: Lists): JsonObject {
  const columns = fieldPaths(schema).map((path): TemplateColumn => {
    const trait = traitAt(schema, path)!;
    return { name: path.join('.'), path, trait, cell: exampleCell(path, trait, lists) };
  });
  emptyWrongCells(columns, schema);
  return traitsOf(columns);
}

/** @throws PreflightError when no trait holds an address, or another identifier of users who need none */
export function makeTemplate(schema: IdentitySchema, lists: Lists): Template {
  const all = fieldPaths(schema);
  const email = emailField(schema, all);
  const others = all.filter((path) => path !== email);
  const names = new Set(['email', 'initial_password']);
  const columns = [...(email ? [email] : []), ...others.sort(byDefaultOrder)].map((path) => {
    const name = path === email ? 'email' : nameFor(path, names);
    names.add(name);
    const trait = traitAt(schema, path)!;
    return { name, path, trait, cell: exampleCell(path, trait, lists) };
  });
  const missing = emptyWrongCells(columns, schema);
  const cells = [...columns.map(({ cell }) => cell), ''];
  return {
    csv: [[...columns.map(({ name }) => name), 'initial_password'], cells]
      .map((line) => `${line.map((cell) => csvCell(cell)).join(',')}\n`)
      .join(''),
    columns: Object.fromEntries(
      columns.flatMap(({ name, path }) => {
        const target = `traits.${path.join('.')}`;
        return DEFAULT_TARGETS[name] === target ? [] : [[name, target]];
      }),
    ),
    missing,
  };
}

/** Undefined where users have none, and another identifier in its place. */
function emailField(schema: IdentitySchema, all: string[][]): string[] | undefined {
  const path = emailPath(schema);
  const field = path && all.find((each) => each.join('.') === path.join('.'));
  const identifiers = identifierPlaces(schema).map((place) => place.path.join('.'));
  if (field || all.some((each) => identifiers.includes(each.join('.')))) return field;
  throw new PreflightError(
    `The identity schema "${schema.id}" has no trait for the address: none is called email or has the format email.`,
  );
}

/** The traits that a cell can hold: those inside others have a path of their own, those inside lists none. */
function fieldPaths(schema: IdentitySchema): string[][] {
  const all = traitPaths(schema, () => true);
  const parents = new Set(all.map((path) => JSON.stringify(path.slice(0, -1))));
  return all.filter((path) => {
    const trait = traitAt(schema, path);
    if (path.length === 0 || path.includes('*') || !trait) return false;
    return [trait['type']].flat().includes('array') || !parents.has(JSON.stringify(path));
  });
}

/** The default columns first, in the order in which they are known. */
function byDefaultOrder(a: string[], b: string[]): number {
  const order = Object.values(DEFAULT_TARGETS);
  const [x, y] = [a, b].map((path) => order.indexOf(`traits.${path.join('.')}`));
  return (x! < 0 ? order.length : x!) - (y! < 0 ? order.length : y!);
}

/** The last step of a path, else all of it, where that is not the name of another column. */
function nameFor(path: string[], taken: ReadonlySet<string>): string {
  const names = [path.at(-1)!, path.join('_'), `trait_${path.join('_')}`];
  const target = `traits.${path.join('.')}`;
  const isFree = (name: string) => !taken.has(name) && (DEFAULT_TARGETS[name] ?? target) === target;
  return names.find(isFree) ?? target;
}

function exampleCell(path: string[], trait: JsonObject, { roles, tenants }: Lists): string {
  const value = exampleValue(trait, path.at(-1)!);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Nobody is to become an admin by an example.
  if (path.at(-1) === 'role') {
    const allowed = Array.isArray(trait['enum']) ? trait['enum'] : roles;
    const both = roles.filter((role) => allowed.includes(role));
    return both.find((role) => role === 'user') ?? both.at(-1) ?? text;
  }
  if (path.at(-1) === 'tenant_id') return tenants?.[0] ?? text;
  return text;
}

/**
 * Empties the cells whose examples the schema refuses.
 * @returns what it still asks for
 */
function emptyWrongCells(columns: TemplateColumn[], schema: IdentitySchema): string[] {
  const check = compileTraitCheck(schema);
  const wrong = new Map<string, string>();
  for (const { path, rule } of check(traitsOf(columns))) {
    const column = columns.find((each) => isWithin(path, each.path.join('.')));
    if (column) column.cell = '';
    wrong.set(path, rule);
  }
  return check(traitsOf(columns)).map(({ path, rule }) => {
    const reason = wrong.get(path) ?? rule;
    return `${path === '' ? 'the traits' : `traits.${path}`} ${reason}`;
  });
}

function traitsOf(columns: TemplateColumn[]): JsonObject {
  const traits: JsonObject = {};
  for (const { path, trait, cell } of columns) {
    if (cell !== '') setAt(traits, path, traitReader(trait)(cell));
  }
  return traits;
}
