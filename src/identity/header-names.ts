/** Header names, which nobody spells twice in the same way: compared as people see them. */
import { sameForPeople } from './email.js';

/** What the input says of the columns of a file, by the names of its header. */
export interface ByHeader<Value> {
  of: ReadonlyMap<string, Value>;
  /** Names in the input that the header does not have: most likely typing errors. */
  absent: string[];
  /** Two names in the input that mean one column. */
  twice: [string, string][];
}

/**
 * Looks names of the input up in a header. One that is there letter for letter means that column alone; else case, blanks
 * and invisible characters do not matter.
 */
export function byHeader<Value>(
  record: Record<string, Value>,
  names: readonly string[],
): ByHeader<Value> {
  const exact = new Set(names);
  const alike = new Map<string, string[]>();
  for (const name of exact) {
    const key = sameForPeople(name);
    alike.set(key, [...(alike.get(key) ?? []), name]);
  }
  const of = new Map<string, Value>();
  const saidBy = new Map<string, string>();
  const absent: string[] = [];
  const twice: [string, string][] = [];
  for (const [name, value] of Object.entries(record)) {
    const meant = exact.has(name)
      ? [name]
      : (alike.get(sameForPeople(name)) ?? []).filter((other) => !Object.hasOwn(record, other));
    if (meant.length === 0) absent.push(name);
    for (const header of meant) {
      const earlier = saidBy.get(header);
      if (earlier !== undefined) twice.push([earlier, name]);
      saidBy.set(header, name);
      of.set(header, value);
    }
  }
  return { of, absent, twice };
}

/** Whether a text in a header is one that may be shown anywhere; any other may be personal data. */
export function looksLikeName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9 _.-]{0,63}$/.test(name);
}
