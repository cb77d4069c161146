/**
 * A schema's patterns, matched by an engine that cannot backtrack: RE2's syntax and meaning are those of Go's `regexp`,
 * and so of Kratos, and the time that it takes grows with the text alone, whatever the pattern.
 */
import { RE2JS } from 're2js';

/** As ajv wants its engine. */
export interface Pattern {
  test(text: string): boolean;
  /** The pattern itself: ajv tells patterns apart by it. */
  toString(): string;
}

/** @throws Error when Go's `regexp` would not take the pattern either */
export function compilePattern(pattern: string): Pattern {
  return RE2JS.compile(pattern);
}

/** Where ajv would find the engine if it wrote its code to a file, which nobody asks it for. */
compilePattern.code = 'compilePattern';

/** Kratos's own `format: regex`. */
export function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}
