import { isObject } from '../json-pointer.js';
import type { Compiler } from './place.js';
import { broken, NONE, type Check } from './violations.js';

/** JSON's types, and the integers among its numbers. */
const TYPES: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  ['string', (value) => typeof value === 'string'],
  ['boolean', (value) => typeof value === 'boolean'],
  ['null', (value) => value === null],
  ['number', (value) => typeof value === 'number'],
  ['integer', isInteger],
  ['array', (value) => Array.isArray(value)],
  ['object', isObject],
] satisfies [string, (value: unknown) => boolean][]);

/** From 10 to the 21st on, JSON writes numbers with an exponent, which is none of an integer for Kratos. */
function isInteger(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 1e21;
}

/** The check of a schema's `type`: one, or a list of which one must be right. */
export function isType(operand: unknown, path: string[], compiler: Compiler): Check {
  const names = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  const types = names.map((name) => TYPES.get(name));
  if (types.length === 0 || types.includes(undefined) || new Set(names).size < names.length) {
    throw compiler.fault(path, `there must be types, each one of ${[...TYPES.keys()].join(', ')}`);
  }
  const wrong = broken(`must be ${names.join(' or ')}`);
  const [first, ...others] = types as ((value: unknown) => boolean)[];
  if (others.length === 0) return (value) => (first!(value) ? NONE : wrong);
  return (value) => (first!(value) || others.some((is) => is(value)) ? NONE : wrong);
}
