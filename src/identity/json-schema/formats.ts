/**
 * What each `format` of an identity schema takes: what Kratos's own library takes (ory/jsonschema, formats.go) and Go's
 * standard library behind it, which differ from the standards that the formats are named after.
 */
import { isIPv6 } from 'node:net';
import { isEmailFormat } from '../email.js';
import { isPattern, isKnownToNewerGo } from '../pattern.js';
import { toE164 } from '../phone.js';
import { parseUri } from './uri.js';

/** The formats that Kratos checks. All others it lets pass, `uuid` for example and its own `no-validate`. */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date-time', isDateTime],
  ['date', isDate],
  ['time', isTime],
  ['hostname', isHostname],
  ['email', isEmail],
  ['tel', isPhone],
  ['ip-address', isIpv4],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', isUri],
  ['iri', isUri],
  ['uri-reference', isUriReference],
  ['uriref', isUriReference],
  ['iri-reference', isUriReference],
  ['uri-template', isUriTemplate],
  ['regex', (text: string) => isPattern(text) || isKnownToNewerGo(text)],
  ['json-pointer', isJsonPointer],
  ['relative-json-pointer', isRelativeJsonPointer],
]);

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  return year !== undefined && day! >= 1 && day! <= daysIn(year, month!);
}

/** None in a month that there is not. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/**
 * Go takes one digit of an hour, a comma before a fraction, and a zone of up to 24:60; no leap second, no small `t` or
 * `z`, no zone without a colon.
 */
const TIME = /^(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))$/;

function isTime(text: string): boolean {
  const [, hour, minute, second, zoneHour = '0', zoneMinute = '0'] = TIME.exec(text) ?? [];
  if (hour === undefined) return false;
  return (
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(zoneHour) <= 24 &&
    Number(zoneMinute) <= 60
  );
}

function isDateTime(text: string): boolean {
  return text[10] === 'T' && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

const LABEL = /^[A-Za-z0-9-]{0,62}[A-Za-z0-9]$/;

/** A hyphen may be first in all labels but the first. */
function isHostname(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length > 253 || name.startsWith('-')) return false;
  return name.split('.').every((label) => LABEL.test(label));
}

/** Blanks before the address are no part of it for Go. */
const UNQUOTED = /^[ \t]*[^\0-\x20\x7f()<>[\]:;@\\,"]+$/;
const QUOTED = /^[ \t]*"(?:[^\0-\x08\x0a-\x1f\x7f"\\]|\\[^\0-\x08\x0a-\x1f\x7f])+"$/;

function isEmail(text: string): boolean {
  // Nearly all addresses are plain ones, and the row's own rule has asked for that already.
  if (isEmailFormat(text)) return true;
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (Buffer.byteLength(text) > 254 || Buffer.byteLength(local) > 64) return false;
  if (!isHostname(domain) || domain.endsWith('.')) return false;
  return QUOTED.test(local) || (UNQUOTED.test(local) && !/^[ \t]*\.|\.\.|\.$/.test(local));
}

function isPhone(text: string): boolean {
  return toE164(text) !== undefined;
}

/** Signs and zeros in front are taken. */
const BYTE = /^[+-]?\d+$/;

function isIpv4(text: string): boolean {
  const bytes = text.split('.');
  return (
    bytes.length === 4 &&
    bytes.every((byte) => BYTE.test(byte) && Number(byte) >= 0 && Number(byte) <= 255)
  );
}

function isIpv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isUri(text: string): boolean {
  return parseUri(text)?.isAbsolute === true;
}

function isUriReference(text: string): boolean {
  return parseUri(text) !== undefined;
}

/** Each step of the path holds its braces in pairs, none within another. */
const TEMPLATE_STEP = /^[^{}]*(?:\{[^{}]*\}[^{}]*)*$/;

function isUriTemplate(text: string): boolean {
  return (
    parseUri(text)
      ?.path.split('/')
      .every((step) => TEMPLATE_STEP.test(step)) ?? false
  );
}

/** Kratos takes `~~0`, too. */
const JSON_POINTER = /^(?:\/(?:[^~/]|~(?=[~01]))*)*$/;

function isJsonPointer(text: string): boolean {
  return JSON_POINTER.test(text);
}

function isRelativeJsonPointer(text: string): boolean {
  const [levels] = /^(?:0|[1-9]\d*)/.exec(text) ?? [];
  const pointer = text.slice(levels?.length);
  return levels !== undefined && (pointer === '#' || isJsonPointer(pointer));
}
