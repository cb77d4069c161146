/**
 * A schema's patterns, matched by an engine that cannot backtrack: RE2's syntax and meaning are those of Go's `regexp`,
 * and so of Kratos, and the time that it takes grows with the text alone, whatever the pattern.
 */
import { RE2JS } from 're2js';

export interface Pattern {
  test(text: string): boolean;
}

/** @throws Error when Go's `regexp` would not take the pattern either */
export function compilePattern(pattern: string): Pattern {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!isTwiceNamed(error)) throw error;
    return RE2JS.compile(pattern.replace(GROUP_NAME, '('));
  }
}

/** Go takes two groups of one name. What matches does not depend on names. */
function isTwiceNamed(error: unknown): boolean {
  return error instanceof Error && error.message.includes('duplicate capture group name');
}

const GROUP_NAME = /\(\?P?<\w+>/g;

export function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}

/** `\pL`, `\P{Greek}`: classes of characters by the name that Unicode gives them. */
const UNICODE_CLASS = /\\[pP](?:[CLMNPSZ]|\{\^?[A-Za-z][A-Za-z_ -]+\})/gi;

/**
 * Whether a pattern that cannot be compiled here may be one for Kratos: each version of Go knows more classes of
 * characters by name.
 */
export function isKnownToNewerGo(pattern: string): boolean {
  return isPattern(pattern.replace(UNICODE_CLASS, '\\pL')) && !isPattern(pattern);
}
