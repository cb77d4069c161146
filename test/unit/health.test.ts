import { expect, it } from 'vitest';
import { serveHealth } from '../../src/health.js';
import { SettingsError } from '../../src/settings-error.js';
import { freeAddress } from '../support/free-address.js';

it('a worker says whether it is alive and whether it takes work, as both change', async () => {
  const address = await freeAddress();
  const state = { alive: true, ready: false };
  const close = await serveHealth(address, {
    isAlive: () => state.alive,
    isReady: () => state.ready,
  });
  const ask = async (path: string) => (await fetch(`http://${address}${path}`)).status;
  const both = async () => [await ask('/healthz'), await ask('/readyz?verbose')];
  try {
    expect(await both()).toEqual([200, 503]);
    state.ready = true;
    expect(await both()).toEqual([200, 200]);
    state.alive = false;
    expect(await both()).toEqual([503, 200]);
    expect(await ask('/')).toBe(404);
    await expect(
      serveHealth(address, { isAlive: () => true, isReady: () => true }),
    ).rejects.toThrow(
      new SettingsError(`HEALTH_ADDRESS cannot be listened on (EADDRINUSE): ${address}`),
    );
  } finally {
    await close();
  }
  await expect(fetch(`http://${address}/healthz`)).rejects.toThrow();
});
