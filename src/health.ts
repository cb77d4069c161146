/** What a platform asks a worker by HTTP: whether it is alive, and whether it takes work. */
import { createServer } from 'node:http';
import { listen } from './listen.js';

/** Read at each request. */
export interface Health {
  /** False once the worker has failed: it takes a restart. */
  isAlive: () => boolean;
  /** Whether it polls for work: not before it has begun, nor once it is being ended. */
  isReady: () => boolean;
}

/**
 * Answers `/healthz` and `/readyz` with 200 or 503.
 * @param address undefined: nothing is answered
 * @returns closes the server
 * @throws SettingsError when the address is not this machine's, or is taken
 */
export async function serveHealth(
  address: string | undefined,
  health: Health,
): Promise<() => Promise<void>> {
  if (address === undefined) return () => Promise.resolve();
  const answers: Record<string, (() => boolean) | undefined> = {
    '/healthz': health.isAlive,
    '/readyz': health.isReady,
  };
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url.split('?', 1)[0]!];
    const isGood = answer?.();
    const status = isGood === undefined ? 404 : isGood ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(isGood === undefined ? 'not found\n' : isGood ? 'ok\n' : 'no\n');
  });
  await listen(server, 'HEALTH_ADDRESS', address);
  // A probe that stays connected must not keep the worker from ending.
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
