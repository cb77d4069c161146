import type { Sender } from './mailer.js';

/** Without quotes, comments and lists: an address that every mail program reads in the same way. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/u;
const NAMED_ADDRESS = /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/u;
/** What would begin another address, a comment or a group in a name without quotes (RFC 5322). */
const PLAIN_NAME = /^[^()[\]\\,;:"]*$/u;
const QUOTED_NAME = /^"(?<text>(?:[^"\\]|\\.)*)"$/u;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads `Name <address>`, or an address alone.
 * @returns undefined unless it is exactly one mailbox, with nothing after it
 */
export function parseSender(text: string): Sender | undefined {
  const written = text.trim();
  if (CONTROL.test(written)) return undefined;
  const parts = NAMED_ADDRESS.exec(written)?.groups;
  const name = parseName(parts?.['name']?.trim() ?? '');
  const address = parts?.['address'] ?? written;
  if (name === undefined || !ADDRESS.test(address)) return undefined;
  return name === '' ? { address } : { name, address };
}

function parseName(written: string): string | undefined {
  if (PLAIN_NAME.test(written)) return written;
  return QUOTED_NAME.exec(written)?.groups?.['text']?.replace(/\\(.)/gu, '$1').trim();
}
