/**
 * JSON Schema as Kratos's own library means it (ory/jsonschema v3): the drafts and the keywords that it knows. Other
 * libraries follow the standard where it does not, and run code that they make of the schema.
 */
import { fromPointer, isObject, toPointer, valueAt, type JsonObject } from '../json-pointer.js';
import { keywordsOf, PROPERTIES } from './keywords.js';
import { properties } from './objects.js';
import type { Compiler } from './place.js';
import { isType } from './types.js';
import { checkAll, NONE, REFUSED, type Check } from './violations.js';

/** Of a schema that does not say. */
const LAST_DRAFT = 7;
/** By what a schema may say in `$schema`, to the letter. */
const DRAFTS = new Map([
  ['http://json-schema.org/schema#', 7],
  ['http://json-schema.org/draft-07/schema#', 7],
  ['http://json-schema.org/draft-06/schema#', 6],
  ['http://json-schema.org/draft-04/schema#', 4],
]);

export interface CompiledSchema {
  check: Check;
  /** Pointers to the rules of the schema that Kratos alone can check. */
  unchecked: string[];
}

/**
 * @param root a schema whose references lead to places of its own
 * @throws Error that says which place of it Kratos cannot load
 */
export function compileSchema(root: JsonObject): CompiledSchema {
  const draft = draftOf(root);
  const keywords = keywordsOf(draft);
  const unchecked = new Set<string>();
  const places = new Map<string, { check: Check }>();

  const compiler: Compiler = {
    draft,
    compile,
    leaveToKratos: (path) => {
      unchecked.add(toPointer(path));
    },
    fault: (path, rule) =>
      new Error(`Kratos cannot load it: at ${toPointer(path) || 'its root'}, ${rule}`),
  };

  function compile(schema: unknown, path: string[]): Check {
    if (typeof schema === 'boolean' && draft > 4) return schema ? () => NONE : REFUSED;
    if (!isObject(schema)) throw compiler.fault(path, 'there must be a schema');
    // What stands beside a reference counts for nothing.
    const reference = schema['$ref'];
    if (typeof reference === 'string') return refer(reference);
    if (reference !== undefined) throw compiler.fault([...path, '$ref'], 'there must be a text');
    const rules: Check[] = [];
    const add = (rule: Check | undefined) => {
      if (rule) rules.push(rule);
    };
    for (const [name, operand] of Object.entries(schema)) {
      add(keywords.get(name)?.(operand, { schema, path: [...path, name], compiler }));
    }
    const first = PROPERTIES.find((name) => Object.hasOwn(schema, name));
    if (first) add(properties(schema[first], { schema, path: [...path, first], compiler }));
    const type = schema['type'];
    if (type === undefined) return together(rules);
    return typed(isType(type, [...path, 'type'], compiler), rules);
  }

  function refer(reference: string): Check {
    const target = fromPointer(reference.slice(1));
    const known = places.get(reference);
    // Known before it is compiled: it may refer to itself.
    const place = known ?? { check: REFUSED };
    places.set(reference, place);
    if (!known) place.check = compile(valueAt(root, target), target);
    return (value) => place.check(value);
  }

  const check = compile(root, []);
  return { check, unchecked: [...unchecked] };
}

function draftOf({ $schema }: JsonObject): number {
  const draft = $schema === undefined ? LAST_DRAFT : DRAFTS.get($schema as string);
  if (draft !== undefined) return draft;
  const known = [...DRAFTS.keys()].join(', ');
  throw new Error(`Kratos cannot load it: "$schema" must be one of ${known}, or be left out`);
}

function together(rules: Check[]): Check {
  const [only] = rules;
  if (!only) return () => NONE;
  return rules.length === 1 ? only : (value) => checkAll(rules, value);
}

/** A value of another type is not asked about the other rules. */
function typed(isType: Check, rules: Check[]): Check {
  if (rules.length === 0) return isType;
  const others = together(rules);
  return (value) => {
    const wrong = isType(value);
    return wrong === NONE ? others(value) : wrong;
  };
}
