import addressparser from 'nodemailer/lib/addressparser';
import type { Sender } from './mailer.js';

/** Without quotes, comments and lists: an address that means the same to everybody. */
const PLAIN_ADDRESS = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/u;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads `Name <address>`, or an address alone.
 * @returns undefined unless it is exactly one mailbox, with nothing after it
 */
export function parseSender(text: string): Sender | undefined {
  const written = text.trim();
  const [mailbox, ...others] = addressparser(written);
  if (CONTROL.test(written) || mailbox === undefined || others.length > 0) return undefined;
  const { name, address = '' } = mailbox;
  if (!PLAIN_ADDRESS.test(address)) return undefined;
  if (written === address) return { address };
  if (!written.endsWith(`<${address}>`)) return undefined;
  return { address, ...(name && { name }) };
}
