/** What is wrong with an input that an admin wrote, in words: for imports, undos and purges. */
import { z } from 'zod';

/** What is wrong with an input: each key, what came and what is allowed. */
export function describeProblems(
  { issues }: z.ZodError,
  raw: unknown,
  { shape }: z.ZodObject,
  example: string,
): string {
  // A list with two wrong entries is one wrong key.
  return [...new Set(issues.map((issue) => describeIssue(issue, raw, shape, example)))].join(' ');
}

function describeIssue(
  { path, ...issue }: z.core.$ZodIssue,
  raw: unknown,
  root: Shape,
  example: string,
): string {
  if (issue.code === 'unrecognized_keys') {
    const where = path.length === 0 ? '' : ` in ${path.join('.')}`;
    const known = Object.keys(shapeAt(path, root)).join(', ');
    return `Unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}${where}; the keys are: ${known}.`;
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
  const text = asJson(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A value may be nested too deep for JSON.stringify. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'something that cannot be shown';
  }
}
