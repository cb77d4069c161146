import type { Sender } from './mailer.js';

/** Without quotes, comments and lists: an address that every mail program reads in the same way. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/u;
/** A name without quotes holds nothing that would begin another address or a group (RFC 5322). */
const NAMED_ADDRESS =
  /^(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^<>\\,;:"]*))\s*<(?<address>[^<>]*)>$/u;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads `Name <address>`, or an address alone.
 * @returns undefined unless it is exactly one mailbox, with nothing after it
 */
export function parseSender(text: string): Sender | undefined {
  const written = text.trim();
  if (CONTROL.test(written)) return undefined;
  const parts = NAMED_ADDRESS.exec(written)?.groups;
  const address = parts?.['address'] ?? written;
  if (!ADDRESS.test(address)) return undefined;
  const name = (parts?.['quoted']?.replace(/\\(.)/gu, '$1') ?? parts?.['plain'] ?? '').trim();
  return name === '' ? { address } : { name, address };
}
