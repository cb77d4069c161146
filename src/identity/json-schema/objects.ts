/** Keywords for objects. */
import { isObject } from '../json-pointer.js';
import type { Pattern } from '../pattern.js';
import {
  compileFurther,
  entriesOf,
  namesOf,
  patternOf,
  type Keyword,
  type Place,
} from './place.js';
import { both, broken, NONE, within, type Check, type Violation } from './violations.js';

export const required: Keyword = (operand, place) => {
  const names = namesOf(operand, place);
  return (value) => {
    if (!isObject(value)) return NONE;
    let found = NONE;
    for (const name of names) {
      if (!Object.hasOwn(value, name)) found = both(found, broken('is required', name));
    }
    return found;
  };
};

/** `properties`, `patternProperties` and `additionalProperties` together, in one pass over what an object has. */
export const properties: Keyword = (_operand, place) => {
  const known = new Map(compileEach('properties', place));
  const patterns = compilePatterns(place);
  // A pattern that only Kratos can match leaves open what is additional.
  const further = patterns.some(([pattern]) => !pattern)
    ? undefined
    : compileFurther('additionalProperties', 'must not have additional properties', place);

  return (value) => {
    if (!isObject(value)) return NONE;
    let found = NONE;
    for (const name in value) {
      const more = checkProperty(name, value[name]);
      if (more !== NONE) found = both(found, within(name, more));
    }
    return found;
  };

  function checkProperty(name: string, value: unknown): readonly Violation[] {
    const check = known.get(name);
    let found = check ? check(value) : NONE;
    let isFurther = !check;
    for (const [pattern, matching] of patterns) {
      if (!pattern?.test(name)) continue;
      isFurther = false;
      found = both(found, matching(value));
    }
    return isFurther && further ? both(found, further(value)) : found;
  }
};

function compileEach(name: string, { schema, path, compiler }: Place): [string, Check][] {
  if (!Object.hasOwn(schema, name)) return [];
  const at = [...path.slice(0, -1), name];
  const schemas = entriesOf(schema[name], { schema, path: at, compiler });
  return schemas.map(([key, part]) => [key, compiler.compile(part, [...at, key])]);
}

function compilePatterns(place: Place): [Pattern | undefined, Check][] {
  const at = [...place.path.slice(0, -1), 'patternProperties'];
  return compileEach('patternProperties', place).map(([text, check]) => [
    patternOf(text, { ...place, path: [...at, text] }),
    check,
  ]);
}

export const propertyNames: Keyword = (operand, { path, compiler }) => {
  const check = compiler.compile(operand, path);
  return (value) => {
    if (!isObject(value)) return NONE;
    let found = NONE;
    for (const name of Object.keys(value)) found = both(found, within(name, check(name)));
    return found;
  };
};

export const dependencies: Keyword = (operand, place) => {
  const { path, compiler } = place;
  const rules = entriesOf(operand, place).map(([name, wanted]): [string, Check] => {
    const at = { ...place, path: [...path, name] };
    return [
      name,
      Array.isArray(wanted) ? required(wanted, at)! : compiler.compile(wanted, at.path),
    ];
  });
  return (value) => {
    if (!isObject(value)) return NONE;
    let found = NONE;
    for (const [name, check] of rules) {
      if (Object.hasOwn(value, name)) found = both(found, check(value));
    }
    return found;
  };
};
