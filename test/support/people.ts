/** Files of people with no more than an address, or an address and a first name. */

/** The value that tests search for where no value of a row may be. */
const FIRST_NAME = 'Zebedee';

export function people(domain: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `person-${i}@${domain}`);
}

/** A file of `rows` people who have nothing but an address: the prefix, a number from 0 on, and a domain. */
export function csvOf(prefix: string, rows: number): string {
  return ['email', ...Array.from({ length: rows }, (_, i) => `${prefix}${i}@example.com`), ''].join(
    '\n',
  );
}

export function listOf(addresses: string[]): string {
  const rows = addresses.map((address) => `${address},${FIRST_NAME}`);
  return ['email,first_name', ...rows, ''].join('\n');
}

/** Parts of addresses, names, the mail server's texts and logins, which no history, log or message may hold. */
export const PRIVATE = /person-|example\.com|Zebedee|secret-of|nobody@/i;
