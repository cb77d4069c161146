/** Addresses of servers: what of them may be shown, and whether they are on this machine. */

import { isIPv4, isIPv6 } from 'node:net';

/** The login of a URL, or of a `host:port`, which may be written without care: up to the last @. */
const LOGIN = /^([a-z][a-z0-9+.-]*:\/\/)?.*@/is;

/** An address without the login that it may hold. */
export function withoutLogin(address: string): string {
  return address.replace(LOGIN, '$1');
}

/** @param host as `URL.hostname` has it, brackets of IPv6 included */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host);
}

/** Whether it is `127.0.0.1:9090` or `[::1]:9090`: no name, which may stand for several addresses. */
export function isListenAddress(text: string): boolean {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  if (!parts) return false;
  const { v6, v4, port } = parts;
  const isAddress = v6 === undefined ? isIPv4(v4!) : isIPv6(v6);
  return isAddress && Number(port) >= 1 && Number(port) <= 65_535;
}
