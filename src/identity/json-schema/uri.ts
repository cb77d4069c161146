/** Which texts Go's `url.Parse` reads, as Kratos asks it: blanks and letters of any language pass where RFC 3986 ends. */
import { isIPv6 } from 'node:net';

/** What of a URI later rules ask for. */
export interface Uri {
  isAbsolute: boolean;
  /** As it is written, without query and fragment; empty where there is no slash after the scheme. */
  path: string;
}

const HAS_CONTROL = /[\0-\x1f\x7f]/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*)?:/;
/** A per cent sign before what are no two hexadecimal digits. */
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/** @returns undefined where the text is no URI and no reference to one */
export function parseUri(text: string): Uri | undefined {
  const [address, fragment] = cut(text, '#');
  if (HAS_CONTROL.test(address) || BROKEN_ESCAPE.test(fragment)) return undefined;
  const [beginning, scheme] = SCHEME.exec(address) ?? [''];
  if (beginning === ':') return undefined;
  const [rest] = cut(address.slice(beginning.length), '?');
  const isAbsolute = scheme !== undefined;
  if (!rest.startsWith('/')) {
    if (isAbsolute) return { isAbsolute, path: '' };
    return cut(rest, '/')[0].includes(':') ? undefined : withPath(rest, isAbsolute);
  }
  const hasAuthority = rest.startsWith('//') && (isAbsolute || !rest.startsWith('///'));
  if (!hasAuthority) return withPath(rest, isAbsolute);
  const [authority] = cut(rest.slice(2), '/');
  if (!isAuthority(authority)) return undefined;
  return withPath(rest.slice(2 + authority.length), isAbsolute);
}

function withPath(path: string, isAbsolute: boolean): Uri | undefined {
  return BROKEN_ESCAPE.test(path) ? undefined : { isAbsolute, path };
}

const LOGIN = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  const login = authority.slice(0, Math.max(at, 0));
  return LOGIN.test(login) && !BROKEN_ESCAPE.test(login) && isHost(authority.slice(at + 1));
}

const HOST_CHARACTER = /[^\0-\x7f]|[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"]/;
/** Within a host, only bytes beyond ASCII are escaped, and the per cent sign. */
const HOST = new RegExp(`^(?:${HOST_CHARACTER.source}|%25|%[89A-Fa-f][0-9A-Fa-f])*$`);
const ZONE = new RegExp(`^(?:${HOST_CHARACTER.source})+$`);
const PORT = /^(?::[0-9]*)?$/;

/** Several colons are taken, as by Go before 1.26: a Kratos may be built with any. */
function isHost(host: string): boolean {
  if (!host.includes('[')) {
    const colon = host.lastIndexOf(':');
    return HOST.test(host) && (colon < 0 || PORT.test(host.slice(colon)));
  }
  const end = host.lastIndexOf(']');
  if (host.lastIndexOf('[') > 0 || end < 0 || !PORT.test(host.slice(end + 1))) return false;
  const literal = host.slice(1, end);
  const [address, zone] = cut(literal, '%25');
  if (!isIPv6(address) || address.includes('%')) return false;
  return !literal.includes('%25') || isZone(zone);
}

/** Escaped are only what might stand there by itself, blanks and per cent signs. */
function isZone(zone: string): boolean {
  const ascii = (_escape: string, hex: string) => String.fromCharCode(parseInt(hex, 16));
  const text = zone.replace(/%25|%20/g, '-').replace(/%([0-7][0-9A-Fa-f])/g, ascii);
  return ZONE.test(text);
}

/** What is before the first separator and what is after it. */
function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
