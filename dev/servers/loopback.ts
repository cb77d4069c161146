/**
 * Refuses a server elsewhere: invented users must not get into a real platform, and the demo's worker must not take
 * real imports.
 * @param setting its name, for the message
 * @param address a URL, or Temporal's `host:port`
 */
export function requireLoopback(setting: string, address: string): void {
  const url = address.includes('://') ? address : `temporal://${address}`;
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)) return;
  throw new Error(
    `${setting}=${address} is not an address of this machine (localhost, 127.0.0.1 or [::1]). ` +
      `The demo creates invented people and uses only servers here: unset ${setting} to have one started.`,
  );
}
