/** Addresses: how they are compared, and which ones are taken. */

/** Unicode white space as Kratos's Go code trims it (strings.TrimSpace), which JavaScript's trim lacks U+0085 of. */
export function trimmed(value: string): string {
  return value.replace(/^[\s\u0085]+|[\s\u0085]+$/gu, '');
}

/** The form in which Kratos compares identifiers: trimmed and lower-cased. */
export function comparable(address: string): string {
  return lowerCased(trimmed(address));
}

/**
 * As Go lower-cases (strings.ToLower): one character for one. JavaScript makes two of U+0130, and of a sigma another
 * one at the end of a word.
 */
function lowerCased(text: string): string {
  const lower = text.toLowerCase();
  if (!/[^\0-\x7f]/.test(lower)) return lower;
  return Array.from(text, (char) => (char === '\u0130' ? 'i' : char.toLowerCase())).join('');
}

const LOCAL = /^[^\s@"(),:;<>[\]\\\p{Cc}]+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Kratos's own `format: email`: 254 bytes, 64 before the @, an ASCII host name; the characters before the @ are held to
 * the unquoted ones, which Go's net/mail takes all of.
 */
export function isEmailFormat(address: string): boolean {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  return (
    at > 0 &&
    Buffer.byteLength(address) <= 254 &&
    Buffer.byteLength(local) <= 64 &&
    LOCAL.test(local) &&
    !/^\.|\.\.|\.$/.test(local) &&
    address
      .slice(at + 1)
      .split('.')
      .every((label) => LABEL.test(label))
  );
}

/** Whether Kratos takes the address and mail can reach it: a domain without a dot is no user's. */
export function isAddress(address: string): boolean {
  return isEmailFormat(address) && address.slice(address.lastIndexOf('@')).includes('.');
}
