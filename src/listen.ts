/** Listening where a setting says so. */
import type { Server } from 'node:net';
import { SettingsError } from './settings-error.js';

/**
 * @param address an IP address and a port, as `src/config.ts` takes them
 * @throws SettingsError when the address is not this machine's, or is taken
 */
export async function listen(server: Server, setting: string, address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new SettingsError(`${setting} cannot be listened on (${error.code}): ${address}`)),
    );
    server.listen(Number(port || 80), host, resolve);
  });
}
