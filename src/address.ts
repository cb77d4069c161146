/** Addresses of servers: what of them may be shown, and whether they are on this machine. */

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
