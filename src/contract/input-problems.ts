/** What is wrong with an input that an admin wrote, in words: for imports, undos and purges. */
import { z } from 'zod';
import { withoutHidden } from './plain-text.js';

export type Parsed<Data> = { ok: true; data: Data } | { ok: false; problems: string };

/**
 * An input as its schema wants it, or what is wrong with it: each key, what came and what is allowed.
 * @param example an input that is right
 */
export function parseInput<Schema extends z.ZodObject>(
  schema: Schema,
  raw: unknown,
  example: string,
): Parsed<z.output<Schema>> {
  const problem = sizeProblem(raw);
  if (problem !== undefined) return { ok: false, problems: problem };
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, data: parsed.data };
  return { ok: false, problems: describeProblems(parsed.error, raw, schema, example) };
}

const MAX_LEVELS = 16;
const MAX_VALUES = 50_000;

/** Looked at before anything else: what recurses, or keeps a note of each value, could end the worker. */
function sizeProblem(raw: unknown): string | undefined {
  let level: unknown[] = [raw];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) return `It is nested more than ${MAX_LEVELS} deep.`;
    values += level.length;
    if (values > MAX_VALUES) return `It holds more than ${MAX_VALUES} values.`;
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return undefined;
}

function describeProblems(
  { issues }: z.ZodError,
  raw: unknown,
  { shape }: z.ZodObject,
  example: string,
): string {
  // A list with two wrong entries is one wrong key.
  const keys = issues.map(({ path, code }) => {
    const isUnknown = code === 'unrecognized_keys';
    return `${isUnknown} ${(isUnknown ? path : describedPart(path, shape)).join('.')}`;
  });
  const firsts = issues.filter((_, i) => keys.indexOf(keys[i]!) === i);
  return firsts.map((issue) => describeIssue(issue, raw, shape, example)).join(' ');
}

/** More of the unknown keys would not be read. */
const MOST_KEYS = 20;

function describeIssue(
  { path, ...issue }: z.core.$ZodIssue,
  raw: unknown,
  root: Shape,
  example: string,
): string {
  if (issue.code === 'unrecognized_keys') {
    const where = path.length === 0 ? '' : ` in ${path.join('.')}`;
    const known = Object.keys(shapeAt(path, root)).join(', ');
    const more = issue.keys.length > MOST_KEYS ? `, and ${issue.keys.length - MOST_KEYS} more` : '';
    const unknown = issue.keys.slice(0, MOST_KEYS).map(show).join(', ');
    return `Unknown key ${unknown}${more}${where}; the keys are: ${known}.`;
  }
  if (path.length === 0) {
    return `Expected one JSON object such as ${example}, got ${show(raw)}.`;
  }
  const at = describedPart(path, root);
  const value = at.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)[key], raw);
  return `${at.join('.')}: got ${show(value)}; allowed: ${typeAt(at, root)!.description}.`;
}

/** The key, or the key of an object that the input holds; lists and maps are described as a whole. */
function describedPart(path: PropertyKey[], root: Shape): PropertyKey[] {
  let length = 1;
  while (length < path.length && typeAt(path.slice(0, length + 1), root)) length++;
  return path.slice(0, length);
}

type Shape = Record<PropertyKey, z.ZodType | undefined>;

function typeAt(path: PropertyKey[], root: Shape): z.ZodType | undefined {
  return shapeAt(path.slice(0, -1), root)[path.at(-1)!];
}

/** The keys of the object at a path; none where there is no object of fixed keys. */
function shapeAt(path: PropertyKey[], root: Shape): Shape {
  return path.reduce<Shape>((shape, key) => objectIn(shape[key])?.shape ?? {}, root);
}

/** Without what is wrapped around it: defaults and the like. */
function objectIn(type: z.ZodType | undefined): z.ZodObject | undefined {
  if (type === undefined || type instanceof z.ZodObject) return type;
  const { innerType } = type.def as { innerType?: z.ZodType };
  return objectIn(innerType);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = withoutHidden(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
