/** Addresses: how they are compared, and which ones are taken. */
import { hasPiledMarks, INVISIBLE } from './characters.js';

/** Unicode white space as Kratos's Go code trims it (strings.TrimSpace), which JavaScript's trim lacks U+0085 of. */
export function trimmed(value: string): string {
  if (isPlain(value.charCodeAt(0)) && isPlain(value.charCodeAt(value.length - 1))) return value;
  // Not by a regular expression: from each of many blanks inside, it would look for the end again.
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start]!)) start++;
  while (end > start && isBlank(value[end - 1]!)) end--;
  return value.slice(start, end);
}

/** White space is never half of a character, so that one UTF-16 unit is enough to know it. */
function isBlank(unit: string): boolean {
  return /[\s\u0085]/.test(unit);
}

/** Visible ASCII, which nothing trims: nearly all cells begin and end with it. */
function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

/** The form in which Kratos compares identifiers: trimmed and lower-cased. */
export function normalizeIdentifier(address: string): string {
  if (LOWER_CASE.test(address)) return address;
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

/**
 * A key by which two texts are the same for people, who see no difference of case, of blanks, of Unicode form or of
 * invisible characters. Whatever Kratos takes for the same identifier is the same here, too. To compare by, not to show.
 */
export function sameForPeople(text: string): string {
  if (LOWER_CASE.test(text)) return text;
  const identifier = normalizeIdentifier(text);
  if (!/[^\x21-\x7e]/.test(identifier)) return identifier;
  const visible = trimmed(identifier.replace(INVISIBLE, ''));
  const decomposed = hasPiledMarks(visible) ? visible : visible.normalize('NFD');
  // Kratos makes `i` of U+0130 before anything is decomposed.
  return decomposed
    .replace(/i\p{M}+/gu, (letter) => letter.replaceAll('\u0307', ''))
    .replace(BLANKS, ' ');
}

/** Visible ASCII in lower case: nearly all identifiers. */
const LOWER_CASE = /^[\x21-\x40\x5b-\x7e]*$/;

const BLANKS = /[\s\u0085]+/g;

const LOCAL = /^[^\s@"(),:;<>[\]\\\p{Cc}]+$/u;
const HOST = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** A row's own rule and then the schema ask for the same address. */
let last = { address: '', isEmail: false };

/**
 * Kratos's own `format: email`: 254 bytes, 64 before the @, an ASCII host name; the characters before the @ are held to
 * the unquoted ones, which Go's net/mail takes all of.
 */
export function isEmailFormat(address: string): boolean {
  if (last.address !== address) last = { address, isEmail: hasEmailFormat(address) };
  return last.isEmail;
}

/** Nearly all addresses. So short, they need no further look: no part of them can be too long. */
const MOST_PLAIN = 64;
const PLAIN_ADDRESS =
  /^[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/i;

function hasEmailFormat(address: string): boolean {
  if (address.length <= MOST_PLAIN && PLAIN_ADDRESS.test(address)) return true;
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  return (
    at > 0 &&
    Buffer.byteLength(address) <= 254 &&
    Buffer.byteLength(local) <= 64 &&
    LOCAL.test(local) &&
    !/^\.|\.\.|\.$/.test(local) &&
    HOST.test(address.slice(at + 1))
  );
}

/** Whether Kratos takes the address and mail can reach it: no user's domain is without a dot. */
export function isAddress(address: string): boolean {
  return isEmailFormat(address) && address.includes('.', address.lastIndexOf('@'));
}
