/** A keyword in a schema, and what its operand must be for Kratos to load the schema. */
import { isObject, type JsonObject } from '../json-pointer.js';
import { compilePattern, isKnownToNewerGo, type Pattern } from '../pattern.js';
import { broken, type Check } from './violations.js';

export interface Compiler {
  draft: number;
  compile: (schema: unknown, path: string[]) => Check;
  /** Notes a rule that Kratos alone can check. */
  leaveToKratos: (path: string[]) => void;
  /** The error of a schema that Kratos cannot load either. */
  fault: (path: string[], rule: string) => Error;
}

/** Where a keyword is. */
export interface Place {
  /** The schema that it is part of. */
  schema: JsonObject;
  path: string[];
  compiler: Compiler;
}

/** Makes the check of a keyword; none where its operand asks for nothing. */
export type Keyword = (operand: unknown, place: Place) => Check | undefined;

export function textOf(operand: unknown, { path, compiler }: Place): string {
  if (typeof operand !== 'string') throw compiler.fault(path, 'there must be a text');
  return operand;
}

export function flagOf(operand: unknown, { path, compiler }: Place): boolean {
  if (typeof operand !== 'boolean') throw compiler.fault(path, 'there must be true or false');
  return operand;
}

export function numberOf(operand: unknown, { path, compiler }: Place): number {
  if (typeof operand !== 'number') throw compiler.fault(path, 'there must be a number');
  return operand;
}

export function countOf(operand: unknown, { path, compiler }: Place): number {
  if (Number.isSafeInteger(operand) && (operand as number) >= 0) return operand as number;
  throw compiler.fault(path, 'there must be an integer from 0 on');
}

export function listOf(operand: unknown, { path, compiler }: Place): unknown[] {
  if (Array.isArray(operand) && operand.length > 0) return operand;
  throw compiler.fault(path, 'there must be a list that is not empty');
}

export function entriesOf(operand: unknown, { path, compiler }: Place): [string, unknown][] {
  if (!isObject(operand)) throw compiler.fault(path, 'there must be an object');
  return Object.entries(operand);
}

/** Names of properties, each once; from draft 6 on there may be none. */
export function namesOf(operand: unknown, place: Place): string[] {
  const { draft, fault } = place.compiler;
  const names = draft > 4 && Array.isArray(operand) ? operand : listOf(operand, place);
  const isRight = names.every((name) => typeof name === 'string');
  if (isRight && new Set(names).size === names.length) return names;
  throw fault(place.path, 'there must be names, each once');
}

export function schemasOf(operand: unknown, place: Place): Check[] {
  const { path, compiler } = place;
  return listOf(operand, place).map((schema, i) => compiler.compile(schema, [...path, String(i)]));
}

/**
 * The check of what the keywords beside it leave.
 * @param refusal the rule where the schema leaves nothing
 * @returns undefined where anything is taken
 */
export function compileFurther(
  name: string,
  refusal: string,
  { schema, path, compiler }: Place,
): Check | undefined {
  const further = schema[name];
  if (further === undefined || further === true) return undefined;
  if (further === false) return () => broken(refusal);
  return compiler.compile(further, [...path.slice(0, -1), name]);
}

/** @returns undefined where only Kratos can match it */
export function patternOf(text: string, { path, compiler }: Place): Pattern | undefined {
  try {
    return compilePattern(text);
  } catch (error) {
    if (isKnownToNewerGo(text)) {
      compiler.leaveToKratos(path);
      return undefined;
    }
    throw compiler.fault(
      path,
      `Go does not take the pattern (${(error as Error).message}); lookaheads and back references, for example, must be written in another way`,
    );
  }
}
