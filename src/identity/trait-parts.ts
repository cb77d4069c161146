/**
 * What an identity schema says of one trait. Several parts of it may: the property itself, what it refers to, and the
 * schemas that `allOf`, `anyOf`, `then` and their kin add to it or to an object around it.
 */
import { isObject, type JsonObject } from './json-pointer.js';
import { compilePattern } from './pattern.js';
import { resolve } from './references.js';

interface Part {
  schema: JsonObject;
  /** Whether it holds for each value, and not only for those for which the schema chooses it. */
  isCertain: boolean;
}

/**
 * The schema of a trait in one piece.
 * @param root the whole identity schema
 * @returns undefined where no part has a trait at the path
 */
export function joinedTrait(root: JsonObject, path: string[]): JsonObject | undefined {
  const parts = partsAt(root, ['traits', ...path]);
  return parts.length === 0 ? undefined : joined(parts, root);
}

/** What the schema says of the value at a path; a `*` stands for an entry of a list. */
export function partsAt(root: JsonObject, path: string[]): Part[] {
  let parts: Part[] = [{ schema: resolve(root, root), isCertain: true }];
  for (const step of path) {
    const all = allParts(parts, root);
    parts = step === '*' ? entries(all, root) : all.flatMap((part) => properties(part, step, root));
  }
  return parts;
}

function joined(own: Part[], root: JsonObject): JsonObject {
  const parts = allParts(own, root);
  const certain = parts.filter(({ isCertain }) => isCertain);
  const chosen = certain.length > 0 ? certain : parts;
  // What comes first is nearest to the trait itself.
  const trait = Object.assign({}, ...chosen.map(({ schema }) => schema).toReversed()) as JsonObject;
  const required = certain.flatMap(({ schema }) => listOf(schema['required']));
  const type = typesOf(own, root);
  const format = parts.map(({ schema }) => schema['format']).find((each) => each !== undefined);
  const extension = joinedExtension(parts.map(({ schema }) => schema['ory.sh/kratos']));
  return {
    ...trait,
    required,
    ...(format !== undefined && { format }),
    ...(type && { type: type.length === 1 ? type[0] : type }),
    ...(extension && { 'ory.sh/kratos': extension }),
  };
}

/** Keywords whose schemas hold for the same value where the schema chooses them. */
const CHOSEN = ['anyOf', 'oneOf', 'then', 'else'];

/** Parts with the parts of them that say something of the same value. */
function allParts(parts: Part[], root: JsonObject): Part[] {
  const found = new Map<JsonObject, Part>();
  const add = (node: unknown, isCertain: boolean): void => {
    if (!isObject(node)) return;
    const schema = resolve(node, root);
    const known = found.get(schema);
    // A schema may refer to itself.
    if (known && (known.isCertain || !isCertain)) return;
    found.set(schema, { schema, isCertain });
    for (const part of listOf(schema['allOf'])) add(part, isCertain);
    for (const keyword of CHOSEN) for (const part of listOf(schema[keyword])) add(part, false);
    const dependencies = schema['dependencies'];
    if (isObject(dependencies)) for (const part of Object.values(dependencies)) add(part, false);
  };
  for (const { schema, isCertain } of parts) add(schema, isCertain);
  return [...found.values()];
}

/** What schemas of a list say of its first entry. */
function entries(parts: Part[], root: JsonObject): Part[] {
  const isList = parts.some(({ schema }) => listOf(schema['type']).includes('array'));
  const found = parts.flatMap(({ schema, isCertain }): Part[] => {
    const [entry] = listOf(schema['items']);
    return isObject(entry) ? [{ schema: resolve(entry, root), isCertain }] : [];
  });
  return found.length === 0 && isList ? [{ schema: {}, isCertain: true }] : found;
}

/** What a schema of an object says of one of its properties. */
function properties({ schema, isCertain }: Part, name: string, root: JsonObject): Part[] {
  const own = entriesOf(schema['properties']).filter(([key]) => key === name);
  const matching = entriesOf(schema['patternProperties']).filter(([key]) => matches(key, name));
  const named = [...own, ...matching].map(([, node]) => node);
  const all = named.length > 0 ? named : [schema['additionalProperties']].filter(isObject);
  // `true` takes any value, and `false` none.
  return all
    .filter((node) => isObject(node) || node === true)
    .map((node) => ({ schema: isObject(node) ? resolve(node, root) : {}, isCertain }));
}

function matches(pattern: string, name: string): boolean {
  try {
    return compilePattern(pattern).test(name);
  } catch {
    return false;
  }
}

function entriesOf(node: unknown): [string, unknown][] {
  return isObject(node) ? Object.entries(node) : [];
}

function listOf(operand: unknown): unknown[] {
  return operand === undefined ? [] : [operand].flat();
}

function joinedExtension(extensions: unknown[]): JsonObject | undefined {
  const all = extensions.filter(isObject);
  if (all.length < 2) return all[0];
  const byType: JsonObject = {};
  for (const { credentials } of all) {
    for (const [type, use] of entriesOf(credentials)) {
      byType[type] = { ...(use as JsonObject), ...(byType[type] as JsonObject | undefined) };
    }
  }
  return { ...(Object.assign({}, ...all.toReversed()) as JsonObject), credentials: byType };
}

/** The types that a value may have; undefined where it may have any. */
function typesOf(parts: Part[], root: JsonObject): string[] | undefined {
  const certain = parts.filter(({ isCertain }) => isCertain);
  const typesIn = typeReader(root);
  const all = (certain.length > 0 ? certain : parts).map(({ schema }) => typesIn(schema));
  return certain.length > 0 ? common(all) : either(all);
}

function typeReader(root: JsonObject): (node: unknown) => string[] | undefined {
  /** A schema that refers to itself says nothing more of its type. */
  const known = new Map<JsonObject, string[] | undefined>();
  const typesIn = (node: unknown): string[] | undefined => {
    if (!isObject(node)) return undefined;
    const schema = resolve(node, root);
    if (known.has(schema)) return known.get(schema);
    known.set(schema, undefined);
    const { type, enum: allowed, allOf, anyOf, oneOf } = schema;
    const types = common([
      type === undefined ? undefined : ([type].flat() as string[]),
      Array.isArray(allowed) ? [...new Set(allowed.map(typeOf))] : undefined,
      'const' in schema ? [typeOf(schema['const'])] : undefined,
      ...listOf(allOf).map(typesIn),
      anyOf === undefined ? undefined : either(listOf(anyOf).map(typesIn)),
      oneOf === undefined ? undefined : either(listOf(oneOf).map(typesIn)),
    ]);
    known.set(schema, types);
    return types;
  };
  return typesIn;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function either(types: (string[] | undefined)[]): string[] | undefined {
  const all = types.filter((each) => each !== undefined);
  return all.length < types.length ? undefined : [...new Set(all.flat())];
}

/** Each integer is a number. */
function common(types: (string[] | undefined)[]): string[] | undefined {
  return types
    .filter((each) => each !== undefined)
    .reduce<string[] | undefined>((some, more) => {
      if (!some) return more;
      const isIn = (type: string, others: string[]) =>
        others.includes(type) || (type === 'integer' && others.includes('number'));
      return [
        ...new Set([
          ...some.filter((type) => isIn(type, more)),
          ...more.filter((type) => isIn(type, some)),
        ]),
      ];
    }, undefined);
}
