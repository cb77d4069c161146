/** Keywords for values of any type. */
import { formatFirst } from '../../format.js';
import { isObject } from '../json-pointer.js';
import { FORMATS } from './formats.js';
import { entriesOf, listOf, schemasOf, textOf, type Keyword } from './place.js';
import { both, broken, checkAll, NONE } from './violations.js';

export const enumOf: Keyword = (operand, place) => {
  const allowed = listOf(operand, place);
  const named = formatFirst(allowed.map((value) => JSON.stringify(value)));
  const wrong = broken(`must be one of ${named}`);
  return (value) => (allowed.some((other) => isSame(value, other)) ? NONE : wrong);
};

export const constant: Keyword = (operand) => {
  const wrong = broken(`must be ${JSON.stringify(operand)}`);
  return (value) => (isSame(value, operand) ? NONE : wrong);
};

/** No value but a text has a format that Kratos checks. */
export const format: Keyword = (operand, place) => {
  const name = textOf(operand, place);
  const matches = FORMATS.get(name);
  if (!matches) return undefined;
  const wrong = broken(`must match format "${name}"`);
  return (value) => (typeof value === 'string' && matches(value) ? NONE : wrong);
};

export const not: Keyword = (operand, { path, compiler }) => {
  const check = compiler.compile(operand, path);
  const wrong = broken('must not match the schema in "not"');
  return (value) => (check(value) === NONE ? wrong : NONE);
};

export const allOf: Keyword = (operand, place) => {
  const checks = schemasOf(operand, place);
  return (value) => checkAll(checks, value);
};

export const anyOf: Keyword = (operand, place) => {
  const checks = schemasOf(operand, place);
  const wrong = broken('must match a schema in "anyOf"');
  return (value) => {
    // Each schema is asked once: twice would be by a power of two for a schema that refers to itself.
    let found = NONE;
    for (const check of checks) {
      const more = check(value);
      if (more === NONE) return NONE;
      found = both(found, more);
    }
    return both(found, wrong);
  };
};

export const oneOf: Keyword = (operand, place) => {
  const checks = schemasOf(operand, place);
  const wrong = broken('must match exactly one schema in "oneOf"');
  return (value) => {
    let found = NONE;
    let matches = 0;
    for (const check of checks) {
      const more = check(value);
      if (more === NONE) matches++;
      else found = both(found, more);
    }
    if (matches === 1) return NONE;
    return matches > 1 ? wrong : both(found, wrong);
  };
};

export const condition: Keyword = (operand, { schema, path, compiler }) => {
  const matches = compiler.compile(operand, path);
  const branch = (name: string) =>
    Object.hasOwn(schema, name)
      ? compiler.compile(schema[name], [...path.slice(0, -1), name])
      : undefined;
  const [then, otherwise] = [branch('then'), branch('else')];
  if (!then && !otherwise) return undefined;
  return (value) => (matches(value) === NONE ? then : otherwise)?.(value) ?? NONE;
};

/** Kratos loads no schema with a fault in its definitions, even where nothing refers to them. */
export const definitions: Keyword = (operand, place) => {
  for (const [name, schema] of entriesOf(operand, place)) {
    place.compiler.compile(schema, [...place.path, name]);
  }
  return undefined;
};

/** Whether two values of JSON are the same; the order of an object's keys does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((entry, i) => isSame(entry, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}
