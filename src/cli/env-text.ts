/**
 * The text of a `.env` file, written so that Node (`loadEnvFile`) and Docker Compose read the same out of it. They agree
 * on less than all: single quotes are literal to both, Compose puts variables into the rest and knows escapes, Node
 * takes any # for a comment. Pure.
 */
import { parseEnv } from 'node:util';

/** Nothing in it means anything to either. */
const PLAIN = /^[A-Za-z0-9_.,:/@%+=?&~<>;!*()|-]+$/;

/** @returns undefined for a text that no form of both can hold, such as one with both quotes */
export function quoted(value: string): string | undefined {
  if (PLAIN.test(value)) return value;
  if (/[\r\n\0]/.test(value)) return undefined;
  // Compose lets a backslash keep a quote from ending the value.
  if (!value.includes("'") && !value.endsWith('\\')) return `'${value}'`;
  return /["$\\`]/.test(value) ? undefined : `"${value}"`;
}

export interface Merged {
  text: string;
  /** Keys with another value than before. */
  changed: string[];
  /** Keys that were not there. */
  added: string[];
}

/**
 * Puts values into a file: in the place of the old ones, else at its end. All else stays as it is.
 * @param values each of which `quoted` can write
 * @throws Error when the file would not be read as meant: it is written in a way that is not known here
 */
export function mergeEnv(text: string, values: Readonly<Record<string, string>>): Merged {
  // Node takes a comment for a key where the line does not end.
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const before = parseEnv(whole);
  const changed = Object.keys(values).filter((key) => key in before && before[key] !== values[key]);
  const added = Object.keys(values).filter((key) => !(key in before));
  let merged = whole;
  for (const key of changed) merged = replaceIn(merged, key, lineOf(key, values[key]!));
  merged += added.map((key) => `${lineOf(key, values[key]!)}\n`).join('');
  const after = parseEnv(merged);
  const wanted = { ...before, ...values };
  const keys = Object.keys({ ...wanted, ...after });
  if (keys.some((key) => wanted[key] !== after[key])) throw new Error('unknown form');
  return { text: merged, changed, added };
}

function lineOf(key: string, value: string): string {
  return `${key}=${quoted(value) ?? ''}`;
}

/** Where a key has a value, which in quotes may go over several lines. The last one counts; the others go. */
function replaceIn(text: string, key: string, line: string): string {
  const assignment = new RegExp(
    String.raw`^[ \t]*(?:export[ \t]+)?${key}[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|${'`[^`]*`'}|)[^\n]*(?:\n|$)`,
    'gm',
  );
  let isFirst = true;
  return text.replace(assignment, (found) => {
    const end = found.endsWith('\n') ? '\n' : '';
    const kept = isFirst ? line + end : '';
    isFirst = false;
    return kept;
  });
}
