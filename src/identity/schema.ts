/** An identity schema as Kratos serves it, and what the import needs to know from it. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import { isEmailFormat } from './email.js';

type Json = Record<string, unknown>;

export interface IdentitySchema {
  id: string;
  json: Json;
}

/** The schema that Kratos holds for one trait; undefined where it has none at that path. */
export function traitAt(schema: IdentitySchema, path: string[]): Json | undefined {
  let node: Json | undefined = property(schema.json, 'traits', schema.json);
  for (const step of path) node = node && property(node, step, schema.json);
  return node;
}

/** A property of an object schema, also behind `$ref`, `allOf`, `anyOf` and `oneOf`. */
function property(node: Json, name: string, root: Json): Json | undefined {
  const here = resolve(node, root);
  const properties = here['properties'] as Json | undefined;
  if (properties && Object.hasOwn(properties, name)) return resolve(properties[name] as Json, root);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const part of (here[keyword] as Json[] | undefined) ?? []) {
      const found = property(part, name, root);
      if (found) return found;
    }
  }
  const additional = here['additionalProperties'];
  return typeof additional === 'object' && additional !== null ? (additional as Json) : undefined;
}

function resolve(node: Json, root: Json): Json {
  const ref = node['$ref'];
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return node;
  let target: unknown = root;
  for (const step of ref.slice(2).split('/')) {
    target = (target as Json | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return target ? resolve(target as Json, root) : node;
}

interface KratosExtension {
  credentials?: Record<string, { identifier?: boolean }>;
  verification?: { via?: string };
  recovery?: { via?: string };
}

/** What Kratos does with a trait beyond storing it (https://www.ory.sh/docs/kratos/manage-identities/identity-schema). */
export interface TraitUse {
  /** Users sign in with it: unique, compared without case and white space around it. */
  identifier: boolean;
  /** Mail or messages go to it. */
  address: boolean;
}

export function traitUse(trait: Json): TraitUse {
  const extension = trait['ory.sh/kratos'] as KratosExtension | undefined;
  return {
    identifier: Object.values(extension?.credentials ?? {}).some((use) => use.identifier === true),
    address: Boolean(extension?.verification?.via ?? extension?.recovery?.via),
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

function traitPaths(schema: IdentitySchema, wanted: (use: TraitUse) => boolean): string[][] {
  const found: string[][] = [];
  const visit = (node: Json, path: string[]) => {
    // A schema may refer to itself; no trait stands deeper than this.
    if (path.length > 8) return;
    const trait = resolve(node, schema.json);
    if (wanted(traitUse(trait))) found.push(path);
    for (const [name, child] of Object.entries(
      (trait['properties'] ?? {}) as Record<string, Json>,
    )) {
      visit(child, [...path, name]);
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      for (const part of (trait[keyword] as Json[] | undefined) ?? []) visit(part, path);
    }
    for (const item of [trait['items'] ?? []].flat() as Json[]) visit(item, [...path, '*']);
  };
  visit(property(schema.json, 'traits', schema.json) ?? {}, []);
  return found;
}

/** The value at a path of traits; undefined where there is none. */
export function valueAt(traits: Json, path: string[]): unknown {
  let node: unknown = traits;
  for (const step of path) node = (node as Json | null | undefined)?.[step];
  return node;
}

/** Checks traits as Kratos will. */
export type TraitCheck = (traits: Json) => TraitProblem[];

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

/** The formats that Kratos checks beside `email` (ory/jsonschema, formats.go). Others, `uuid` for example, it lets pass. */
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
function compile(json: Json): ValidateFunction {
  const options = { strict: false, allErrors: true, unicodeRegExp: false, logger: false } as const;
  const draft = JSON.stringify(json['$schema'] ?? '');
  const ajv = draft.includes('draft-04') ? new Ajv04.default(options) : new Ajv(options);
  if (draft.includes('draft-06')) ajv.addMetaSchema(draft06);
  addFormats.default(ajv, [...FORMATS]);
  ajv.addFormat('email', isEmailFormat);
  return ajv.compile(json);
}

function toTraitProblem(error: ErrorObject): TraitProblem {
  const steps = error.instancePath.split('/').slice(2);
  if (error.keyword === 'required') steps.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties')
    steps.push(String(error.params['additionalProperty']));
  const path = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
  return {
    path,
    rule: error.keyword === 'required' ? 'is required' : (error.message ?? error.keyword),
  };
}
