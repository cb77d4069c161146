import { isNestedDeeper, type JsonObject } from './json-pointer.js';

/**
 * Makes a cell the type that the schema gives the trait. A cell that is no such value stays text, so that the schema
 * check names the rule that it breaks. Lists and objects are read as JSON.
 */
export function traitReader(trait: JsonObject): (text: string) => unknown {
  const types = [trait['type']].flat();
  if (types.includes('string') || types.includes(undefined)) return (text) => text;
  return (text) => {
    if ((types.includes('number') || types.includes('integer')) && isDecimal(text))
      // JSON makes 0 of -0: kept, it would differ from what is stored for ever.
      return Number(text) + 0;
    const truth = types.includes('boolean') ? asBoolean(text) : undefined;
    if (truth !== undefined) return truth;
    if (types.includes('array') || types.includes('object')) return parsed(text);
    return text;
  };
}

/** As databases, spreadsheets and people write them; other languages' words are for the input's `values`. */
const BOOLEANS = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

/** Undefined for what is no word for true or false. */
export function asBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text.trim().toLowerCase());
}

/** A number that JSON could write and of which JavaScript keeps each digit: no leading zero, no hexadecimal. */
function isDecimal(text: string): boolean {
  return (
    /^\s*-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\s*$/.test(text) &&
    Number.isFinite(Number(text)) &&
    digitsOf(text) === digitsOf(String(Number(text)))
  );
}

/** The digits that count, wherever the point is. */
function digitsOf(number: string): string {
  const [mantissa = ''] = number.trim().split(/e/i);
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
}

/** A text of JSON, or a number in it. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** As for a number by itself, -0 becomes 0. */
const MINUS_ZERO = /^-0(?:\.0+)?(?:[eE].*)?$/;

/** JSON with a number that JavaScript would change stays text, as such a number by itself does. */
function parsed(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    const tokens = text.match(TEXT_OR_NUMBER) ?? [];
    if (!tokens.every((token) => token.startsWith('"') || isDecimal(token))) return text;
    if (!tokens.some((token) => MINUS_ZERO.test(token))) return value;
    return JSON.parse(text.replace(TEXT_OR_NUMBER, (token) => token.replace(MINUS_ZERO, '0')));
  } catch {
    return text;
  }
}

const MAX_LEVELS = 32;
const MAX_VALUES = 1000;

/**
 * What of a cell's JSON is more than a schema is asked about: some rules take time by the square of a list, and some by
 * a power of the levels.
 */
export function jsonProblem(value: unknown): string | undefined {
  if (isNestedDeeper(value, MAX_LEVELS)) return `is nested more than ${MAX_LEVELS} deep`;
  return countValues(value) > MAX_VALUES ? `holds more than ${MAX_VALUES} values` : undefined;
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, child) => sum + countValues(child), 1);
}
