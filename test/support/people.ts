/** People to invite: rows that hold nothing but an address and a first name. */

/** The value that tests look for where no value of a row may be. */
const FIRST_NAME = 'Zebedee';

export function people(domain: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `person-${i}@${domain}`);
}

export function listOf(addresses: string[]): string {
  const rows = addresses.map((address) => `${address},${FIRST_NAME}`);
  return ['email,first_name', ...rows, ''].join('\n');
}

/** What no history, log or message may hold of them, of the mail server's words, or of a login. */
export const NOT_TO_BE_TOLD = /person-|example\.com|Zebedee|secret-of|nobody@/i;
