/** Parameters of a whole project that its hashes were made with: secrets, which only the worker's settings have. */
import { createHash } from 'node:crypto';
import type { Parts } from './converted.js';

/** By the format that they belong to. */
export interface ProjectParameters {
  firebase?: Parts | undefined;
}

const FIREBASE: Readonly<Record<string, string>> = {
  base64_signer_key: 'signer_key',
  base64_salt_separator: 'salt_separator',
  rounds: 'rounds',
  mem_cost: 'mem_cost',
};

/**
 * Reads what Firebase's console shows as "password hash parameters", as it is shown or as JSON.
 * @returns which of them are missing, if any is
 */
export function parseFirebaseParameters(text: string): { parts: Parts } | { missing: string[] } {
  const found = Object.entries(FIREBASE).map(([name, part]) => {
    const value = new RegExp(`\\b${name}"?\\s*[:=]\\s*"?([\\w+/=-]+)`).exec(text)?.[1];
    return { name, part, value };
  });
  const missing = found.filter(({ value }) => value === undefined).map(({ name }) => name);
  if (missing.length > 0) return { missing };
  return { parts: Object.fromEntries(found.map(({ part, value }) => [part, value])) };
}

/** Tells two sets of parameters apart without giving one away: a signer key is 64 random bytes. */
export function parametersDigest({ firebase }: ProjectParameters): string | undefined {
  if (!firebase) return undefined;
  const text = Object.values(FIREBASE).map((part) => firebase[part]);
  return createHash('sha256').update(JSON.stringify(text)).digest('hex');
}
