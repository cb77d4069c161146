/** An identity schema as Kratos serves it, and what the import needs to know from it. */
import { PreflightError } from '../contract/errors.js';
import { isNestedDeeper, isObject, type JsonObject } from './json-pointer.js';
import { compileSchema, type CompiledSchema } from './json-schema/compiler.js';
import { NONE } from './json-schema/violations.js';
import { MAX_SCHEMA_DEPTH, resolve, unfollowedPlace } from './references.js';
import { joinedTrait, partsAt } from './trait-parts.js';

export interface IdentitySchema {
  id: string;
  json: JsonObject;
}

/**
 * What the schema says of one trait, in one piece; undefined where it has none at that path.
 * @param path a `*` stands for an entry of a list
 */
export function traitAt(schema: IdentitySchema, path: string[]): JsonObject | undefined {
  return joinedTrait(schema.json, path);
}

/** Whether no user can be without a trait, as far as `required` says so on the way to it. */
export function isRequired(schema: IdentitySchema, path: string[]): boolean {
  return path.every((step, i) => {
    const required = traitAt(schema, path.slice(0, i))?.['required'];
    return step === '*' || (Array.isArray(required) && required.includes(step));
  });
}

/** The trait of the address: `email`, else the first one that mail goes to; undefined where there is none. */
export function emailPath(schema: IdentitySchema): string[] | undefined {
  if (traitAt(schema, ['email'])) return ['email'];
  return traitPaths(schema, () => true).find((path) => isEmailTrait(traitAt(schema, path) ?? {}));
}

/** Whether a trait holds addresses of mail that Kratos knows as such. */
export function isEmailTrait(trait: JsonObject): boolean {
  const { identifier, address, mail } = traitUse(trait);
  return (identifier || address) && (trait['format'] === 'email' || mail);
}

/**
 * Where the schema has a `$ref` that the import does not follow, by an `$id` for example. Kratos does follow it, so that
 * what it does with the traits behind it is not known here.
 * @returns a JSON pointer; undefined where there is none
 */
export function unfollowedReference({ json }: IdentitySchema): string | undefined {
  return unfollowedPlace(json);
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
  /** The messages to it are mails, whatever its format. */
  mail: boolean;
  /** An authenticator app or a passkey shows it as the account's name. */
  accountName: boolean;
  /** Where Kratos keeps it so that no other user can have it; see identifiers.ts. */
  unique: UniqueUse[];
}

/** One of Kratos's unique indexes: of the identifiers of a type of credentials, or of the addresses of a purpose. */
export interface UniqueUse {
  index: string;
  /** Users sign in with it, so that Kratos finds them by it. */
  signsIn: boolean;
  /** Kept as a phone number; as a text otherwise. */
  isPhone: boolean;
}

export function traitUse(trait: JsonObject): TraitUse {
  const extension = trait['ory.sh/kratos'] as KratosExtension | undefined;
  const byType = Object.entries(extension?.credentials ?? {});
  const credentials = byType.map(([, use]) => use);
  const identifiers = credentials.filter((use) => use.identifier === true);
  const via = extension?.verification?.via ?? extension?.recovery?.via;
  const isAddress = trait['format'] === 'email' || identifiers.some((use) => use.via !== undefined);
  return {
    identifier: identifiers.length > 0,
    address: Boolean(via) || (identifiers.length > 0 && isAddress),
    mail: via === 'email' || identifiers.some((use) => use.via === 'email'),
    accountName: credentials.some((use) => use.account_name === true || use.display_name === true),
    unique: [
      ...byType
        .filter(([, use]) => use.identifier === true)
        .map(([index, use]) => ({ index, signsIn: true, isPhone: use.via === 'sms' })),
      ...purposes(extension),
    ],
  };
}

function purposes(extension: KratosExtension | undefined): UniqueUse[] {
  return (['verification', 'recovery'] as const).flatMap((purpose) => {
    const via = extension?.[purpose]?.via;
    return via ? [{ index: `${purpose} ${via}`, signsIn: false, isPhone: false }] : [];
  });
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

/** Parts of a schema that are looked at, those that several refer to each time: no real one has a tenth of it. */
const MAX_PARTS = 20_000;
/** A schema may refer to itself; no trait is deeper than this. */
const MAX_TRAIT_DEPTH = 8;

/**
 * The paths of the traits of some uses. A `*` stands for each entry of a list, or each further property.
 * @throws PreflightError when the schema refers to itself without end
 */
export function traitPaths(schema: IdentitySchema, wanted: (use: TraitUse) => boolean): string[][] {
  const found = new Map<string, string[]>();
  eachTrait(schema, (path, use) => {
    if (wanted(use)) found.set(JSON.stringify(path), path);
  });
  return [...found.values()];
}

/**
 * Calls `tell` with each use of each trait; a path comes several times where several parts of the schema hold for it.
 * @throws PreflightError when the schema refers to itself without end
 */
export function eachTrait(
  schema: IdentitySchema,
  tell: (path: string[], use: TraitUse) => void,
): void {
  let parts = 0;
  const visit = (node: JsonObject, path: string[], level = 0) => {
    if (path.length > MAX_TRAIT_DEPTH) return;
    if (++parts > MAX_PARTS || level > MAX_SCHEMA_DEPTH) {
      throw new PreflightError(
        `The identity schema "${schema.id}" refers to itself without end. Make its traits finite.`,
      );
    }
    const trait = resolve(node, schema.json);
    tell(path, traitUse(trait));
    const visitAll = (children: JsonObject[], at: string[]) => {
      for (const child of children) visit(child, at, level + 1);
    };
    for (const [name, child] of schemasBy(trait, 'properties')) visitAll([child], [...path, name]);
    for (const [, child] of schemasBy(trait, 'patternProperties'))
      visitAll([child], [...path, '*']);
    for (const [, child] of schemasBy(trait, 'dependencies')) visitAll([child], path);
    for (const keyword of SAME_VALUE) visitAll(schemasOf(trait, keyword), path);
    for (const keyword of EACH_ENTRY) visitAll(schemasOf(trait, keyword), [...path, '*']);
  };
  for (const part of partsAt(schema.json, ['traits'])) visit(part.schema, []);
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

export interface TraitProblem {
  /** The trait's path, dots between the steps; empty for the traits as a whole. */
  path: string;
  /** The rule that it breaks, in words that hold no value of the row. */
  rule: string;
}

/** @throws Error when the schema is not one, or refers to something in a way that the import does not follow */
export function compileTraitCheck(schema: IdentitySchema): TraitCheck {
  const { check } = compiled(schema);
  return (traits) => {
    const found = check({ traits });
    if (found === NONE) return NO_PROBLEMS;
    return found.map(({ path, rule }) => ({ path: path.slice(1).join('.'), rule }));
  };
}

const NO_PROBLEMS: TraitProblem[] = [];

/**
 * Where the schema has rules that only Kratos can check, so that it may still refuse a row that passed here.
 * @returns JSON pointers
 */
export function rulesLeftToKratos(schema: IdentitySchema): string[] {
  return compiled(schema).unchecked;
}

/** Each step of an import needs the same schema, and each row's check is made of it. */
let last: { text: string; compiled: CompiledSchema } | undefined;

function compiled(schema: IdentitySchema): CompiledSchema {
  const { json } = schema;
  if (isNestedDeeper(json, MAX_SCHEMA_DEPTH)) {
    throw new Error(`it is nested more than ${MAX_SCHEMA_DEPTH} deep`);
  }
  const place = unfollowedReference(schema);
  if (place !== undefined) {
    throw new Error(
      `the import does not follow the "$ref" at ${place}; put what it refers to into the schema's own definitions, and refer to it as "#/definitions/NAME"`,
    );
  }
  const text = JSON.stringify(json);
  if (last?.text !== text) last = { text, compiled: compileSchema(json) };
  return last.compiled;
}
