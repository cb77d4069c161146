import { createServer } from 'node:net';

/**
 * Below the range from which systems give ports to outgoing connections (from 32768 on, on macOS from 49152), so
 * that no connection takes a port between this check and the server's start.
 */
const LOWEST = 20_000;
const COUNT = 12_000;

// Each process begins at another port, so that two that start servers at the same time do not collide.
let next = (process.pid * 97) % COUNT;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * A free port of 127.0.0.1.
 *
 * @param preferred taken when it is free, so that addresses stay the same from one start to the next
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = LOWEST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${LOWEST} and ${LOWEST + COUNT - 1}`);
}

const TRIES = 3;
/** As Go, Postgres and Node.js say it. */
const TAKEN = /address already in use/i;

/**
 * Starts a server, and once more on other ports where another process took one between `freePort` and the server's
 * start. Temporal's dev server also picks ports of its own.
 */
export async function despiteTakenPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await start();
    } catch (error) {
      if (tried === TRIES || !TAKEN.test(String(error))) throw error;
    }
  }
}
