/** An identity schema as Kratos serves it, and what the import needs to know from it. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import { isEmailFormat } from './email.js';
import { fromPointer, isObject, valueAt, type JsonObject } from './json-pointer.js';

export interface IdentitySchema {
  id: string;
  json: JsonObject;
}

/** The schema that Kratos holds for one trait; undefined where it has none at that path. */
export function traitAt(schema: IdentitySchema, path: string[]): JsonObject | undefined {
  let node: JsonObject | undefined = property(schema.json, 'traits', schema.json);
  for (const step of path) node = node && property(node, step, schema.json);
  return node;
}

/** A property of an object schema, also behind `$ref`, `allOf`, `anyOf` and `oneOf`. */
function property(node: JsonObject, name: string, root: JsonObject): JsonObject | undefined {
  const here = resolve(node, root);
  const properties = here['properties'] as JsonObject | undefined;
  if (properties && Object.hasOwn(properties, name))
    return resolve(properties[name] as JsonObject, root);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const part of (here[keyword] as JsonObject[] | undefined) ?? []) {
      const found = property(part, name, root);
      if (found) return found;
    }
  }
  const additional = here['additionalProperties'];
  return typeof additional === 'object' && additional !== null
    ? (additional as JsonObject)
    : undefined;
}

function resolve(node: JsonObject, root: JsonObject): JsonObject {
  const ref = node['$ref'];
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return node;
  const target = valueAt(root, fromPointer(ref.slice(1)));
  return target ? resolve(target as JsonObject, root) : node;
}

interface CredentialUse {
  identifier?: boolean;
  via?: string;
  account_name?: boolean;
  display_name?: boolean;
}

interface KratosExtension {
  credentials?: Record<string, CredentialUse>;
  verification?: { via?: string };
  recovery?: { via?: string };
}

/**
 * What Kratos does with a trait beyond storing it (https://www.ory.sh/docs/kratos/manage-identities/identity-schema).
 */
export interface TraitUse {
  /** Users sign in with it: unique, compared without case and white space around it. */
  identifier: boolean;
  /** Mail or messages go to it: to verify it, to recover the account, with a code to sign in. */
  address: boolean;
  /** An authenticator app or a passkey shows it as the account's name. */
  accountName: boolean;
}

export function traitUse(trait: JsonObject): TraitUse {
  const extension = trait['ory.sh/kratos'] as KratosExtension | undefined;
  const credentials = Object.values(extension?.credentials ?? {});
  const identifiers = credentials.filter((use) => use.identifier === true);
  const via = extension?.verification?.via ?? extension?.recovery?.via;
  const isAddress = trait['format'] === 'email' || identifiers.some((use) => use.via !== undefined);
  return {
    identifier: identifiers.length > 0,
    address: Boolean(via) || (identifiers.length > 0 && isAddress),
    accountName: credentials.some((use) => use.account_name === true || use.display_name === true),
  };
}

/** The paths of all traits that users sign in with. Traits inside lists cannot be mapped and are left out. */
export function identifierPaths(schema: IdentitySchema): string[][] {
  return traitPaths(schema, ({ identifier }) => identifier).filter((path) => !path.includes('*'));
}

/**
 * The paths of all traits of which no two users may have the same: identifiers, and addresses to write to. A `*` stands
 * for each entry of a list.
 */
export function uniquePaths(schema: IdentitySchema): string[][] {
  return traitPaths(schema, ({ identifier, address }) => identifier || address);
}

/** Keywords whose schemas hold for the same value, and those whose schemas hold for each entry of it. */
const SAME_VALUE = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'] as const;
const EACH_ENTRY = ['items', 'additionalItems', 'contains', 'additionalProperties'] as const;

/** The paths of the traits of some uses. A `*` stands for each entry of a list, or each further property. */
export function traitPaths(schema: IdentitySchema, wanted: (use: TraitUse) => boolean): string[][] {
  const found = new Map<string, string[]>();
  const visit = (node: JsonObject, path: string[]) => {
    // A schema may refer to itself; no trait is deeper than this.
    if (path.length > 8) return;
    const trait = resolve(node, schema.json);
    if (wanted(traitUse(trait))) found.set(JSON.stringify(path), path);
    for (const [name, child] of schemasBy(trait, 'properties')) visit(child, [...path, name]);
    for (const [, child] of schemasBy(trait, 'patternProperties')) visit(child, [...path, '*']);
    for (const [, child] of schemasBy(trait, 'dependencies')) visit(child, path);
    for (const keyword of SAME_VALUE)
      for (const part of schemasOf(trait, keyword)) visit(part, path);
    for (const keyword of EACH_ENTRY) {
      for (const part of schemasOf(trait, keyword)) visit(part, [...path, '*']);
    }
  };
  visit(property(schema.json, 'traits', schema.json) ?? {}, []);
  return [...found.values()];
}

/** The schemas of a keyword that has one or a list of them. */
function schemasOf(node: JsonObject, keyword: string): JsonObject[] {
  return [node[keyword]].flat().filter(isObject);
}

/** The schemas of a keyword that has them by name. */
function schemasBy(node: JsonObject, keyword: string): [name: string, schema: JsonObject][] {
  const named = node[keyword];
  return Object.entries(isObject(named) ? named : {}).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1]),
  );
}

/** Checks traits as Kratos will. */
export type TraitCheck = (traits: JsonObject) => TraitProblem[];

interface TraitProblem {
  /** The trait's path, dots between the steps; empty for the traits as a whole. */
  path: string;
  /** The rule that it breaks, in words that hold no value of the row. */
  rule: string;
}

/**
 * Compiles the schema. Kratos's validator knows drafts 4, 6 and 7 and ignores keywords that it does not know.
 * @throws Error when the schema is not one, or refers to another that is not part of it
 */
export function compileTraitCheck({ json }: IdentitySchema): TraitCheck {
  const text = JSON.stringify(json);
  if (lastCompiled?.text !== text) lastCompiled = { text, validate: compile(json) };
  const { validate } = lastCompiled;
  return (traits) => (validate({ traits }) ? [] : (validate.errors ?? []).map(toTraitProblem));
}

/** Compiling takes a tenth of a second, and each step of an import needs the same schema. */
let lastCompiled: { text: string; validate: ValidateFunction } | undefined;

/**
 * The formats that Kratos checks beside `email` (ory/jsonschema, formats.go). Others, `uuid` for example, it lets
 * pass.
 */
const FORMATS = [
  'date-time',
  'date',
  'time',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uri-template',
  'regex',
  'json-pointer',
  'relative-json-pointer',
] as const;

/** The validator of the draft that the schema names; draft 7 where it names none. */
function compile(json: JsonObject): ValidateFunction {
  const options = { strict: false, allErrors: true, unicodeRegExp: false, logger: false } as const;
  const draft = JSON.stringify(json['$schema'] ?? '');
  const ajv = draft.includes('draft-04') ? new Ajv04.default(options) : new Ajv(options);
  if (draft.includes('draft-06')) ajv.addMetaSchema(draft06);
  addFormats.default(ajv, [...FORMATS]);
  ajv.addFormat('email', isEmailFormat);
  return ajv.compile(json);
}

function toTraitProblem(error: ErrorObject): TraitProblem {
  const steps = fromPointer(error.instancePath).slice(1);
  if (error.keyword === 'required') steps.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties')
    steps.push(String(error.params['additionalProperty']));
  const path = steps.join('.');
  return {
    path,
    rule: error.keyword === 'required' ? 'is required' : (error.message ?? error.keyword),
  };
}
