/** An identity schema as Kratos serves it, and what the import needs to know from it. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import { PreflightError } from '../contract/errors.js';
import { isEmailFormat } from './email.js';
import { fromPointer, isNestedDeeper, isObject, valueAt, type JsonObject } from './json-pointer.js';
import { compilePattern, isPattern } from './pattern.js';

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

/**
 * A property of an object schema, also behind `$ref`, `allOf`, `anyOf` and `oneOf`.
 * @param seen what was looked through already: a schema may refer to itself
 */
function property(
  node: JsonObject,
  name: string,
  root: JsonObject,
  seen = new Set<JsonObject>(),
): JsonObject | undefined {
  const here = resolve(node, root);
  if (seen.has(here)) return undefined;
  seen.add(here);
  const properties = here['properties'] as JsonObject | undefined;
  if (properties && Object.hasOwn(properties, name))
    return resolve(properties[name] as JsonObject, root);
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const part of (here[keyword] as JsonObject[] | undefined) ?? []) {
      const found = property(part, name, root, seen);
      if (found) return found;
    }
  }
  const additional = here['additionalProperties'];
  return typeof additional === 'object' && additional !== null
    ? (additional as JsonObject)
    : undefined;
}

/** References that lead on to other references; more of them go in a circle. */
const MAX_REFERENCES = 20;

function resolve(node: JsonObject, root: JsonObject): JsonObject {
  let here = node;
  for (let followed = 0; followed < MAX_REFERENCES; followed++) {
    const ref = here['$ref'];
    if (typeof ref !== 'string' || !ref.startsWith('#/')) return here;
    const target = valueAt(root, fromPointer(ref.slice(1)));
    if (!isObject(target)) return here;
    here = target;
  }
  return here;
}

interface KratosExtension {
  credentials?: Record<string, { identifier?: boolean }>;
  verification?: { via?: string };
  recovery?: { via?: string };
}

/**
 * What Kratos does with a trait beyond storing it (https://www.ory.sh/docs/kratos/manage-identities/identity-schema).
 */
export interface TraitUse {
  /** Users sign in with it: unique, compared without case and white space around it. */
  identifier: boolean;
  /** Mail or messages go to it. */
  address: boolean;
}

export function traitUse(trait: JsonObject): TraitUse {
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

/** Parts of a schema that are looked at, those that several refer to each time: no real one has a tenth of it. */
const MAX_PARTS = 20_000;
/** A schema may refer to itself; no trait is deeper than this. */
const MAX_TRAIT_DEPTH = 8;

/** @throws PreflightError when the schema refers to itself without end */
function traitPaths(schema: IdentitySchema, wanted: (use: TraitUse) => boolean): string[][] {
  const found: string[][] = [];
  let parts = 0;
  const visit = (node: JsonObject, path: string[], level = 0) => {
    if (path.length > MAX_TRAIT_DEPTH) return;
    if (++parts > MAX_PARTS || level > MAX_SCHEMA_DEPTH) {
      throw new PreflightError(
        `The identity schema "${schema.id}" refers to itself without end. Make its traits finite.`,
      );
    }
    const trait = resolve(node, schema.json);
    if (wanted(traitUse(trait))) found.push(path);
    for (const [name, child] of Object.entries(
      (trait['properties'] ?? {}) as Record<string, JsonObject>,
    )) {
      visit(child, [...path, name], level + 1);
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      for (const part of (trait[keyword] as JsonObject[] | undefined) ?? []) {
        visit(part, path, level + 1);
      }
    }
    for (const item of [trait['items'] ?? []].flat() as JsonObject[]) {
      visit(item, [...path, '*'], level + 1);
    }
  };
  visit(property(schema.json, 'traits', schema.json) ?? {}, []);
  return found;
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
  if (isNestedDeeper(json, MAX_SCHEMA_DEPTH)) {
    throw new Error(`it is nested more than ${MAX_SCHEMA_DEPTH} deep`);
  }
  const text = JSON.stringify(json);
  if (lastCompiled?.text !== text) lastCompiled = { text, validate: compile(json) };
  const { validate } = lastCompiled;
  return (traits) => (validate({ traits }) ? [] : (validate.errors ?? []).map(toTraitProblem));
}

/** Levels of objects and lists. Far more than schemas have, and far fewer than end the stack of a recursion. */
const MAX_SCHEMA_DEPTH = 100;

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
  'json-pointer',
  'relative-json-pointer',
] as const;

/** The validator of the draft that the schema names; draft 7 where it names none. */
function compile(json: JsonObject): ValidateFunction {
  checkPatterns(json, []);
  const code = { regExp: compilePattern };
  const options = { strict: false, allErrors: true, logger: false, code } as const;
  const draft = JSON.stringify(json['$schema'] ?? '');
  const ajv = draft.includes('draft-04') ? new Ajv04.default(options) : new Ajv(options);
  if (draft.includes('draft-06')) ajv.addMetaSchema(draft06);
  addFormats.default(ajv, [...FORMATS]);
  ajv.addFormat('email', isEmailFormat);
  ajv.addFormat('regex', isPattern);
  return ajv.compile(json);
}

/** @throws Error that says where a pattern is that Kratos cannot compile either: its own engine is RE2's, too */
function checkPatterns(node: unknown, path: string[]): void {
  if (typeof node !== 'object' || node === null) return;
  const { pattern, patternProperties } = node as JsonObject;
  const patterns = isObject(patternProperties) ? Object.keys(patternProperties) : [];
  for (const text of typeof pattern === 'string' ? [...patterns, pattern] : patterns) {
    try {
      compilePattern(text);
    } catch (error) {
      throw new Error(
        `Kratos cannot load it: Go does not take the pattern at /${path.join('/')} (${(error as Error).message}); lookaheads and back references, for example, must be written in another way`,
      );
    }
  }
  for (const [key, child] of Object.entries(node)) checkPatterns(child, [...path, key]);
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
