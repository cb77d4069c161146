import { connect } from 'node:net';
import { SettingsError } from '../../src/settings-error.js';

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
  throw new SettingsError(
    `${setting}=${address} is not an address of this machine (localhost, 127.0.0.1 or [::1]). ` +
      `The demo creates invented people and uses only servers here: unset ${setting} to have one started.`,
  );
}

/** Where an address names no port. */
const USUAL_PORTS: Record<string, number> = {
  'http:': 80,
  'https:': 443,
  'smtp:': 25,
  'smtps:': 465,
  'temporal:': 7233,
};

/** Refuses a server that is not there, such as one of an earlier demo, whose settings a terminal still has. */
export async function requireListening(setting: string, address: string): Promise<void> {
  requireLoopback(setting, address);
  const url = new URL(address.includes('://') ? address : `temporal://${address}`);
  const port = Number(url.port) || USUAL_PORTS[url.protocol];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (port === undefined || (await listens(port, host))) return;
  throw new SettingsError(
    `Nobody listens at ${setting}=${url.host}. To have the demo start its own servers, begin in a terminal that has ` +
      `not read .demo/env, or unset TEMPORAL_ADDRESS KRATOS_ADMIN_URL KRATOS_PUBLIC_URL SMTP_URL.`,
  );
}

function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const end = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
