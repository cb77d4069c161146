/** Requests for one row: sent again before the row is blamed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KratosError, type Kratos } from './kratos.js';

const MAX_TRIES = 3;
const PAUSE_MS = 250;

/**
 * Sends a request for one row, again when Kratos breaks on it: Kratos may have broken for a reason of its own.
 * @throws KratosError of the last try
 */
export async function retrySingleRow<T>(
  kratos: Pick<Kratos, 'ready'>,
  request: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      const isBroken = error instanceof KratosError && error.kind === 'broken';
      if (!isBroken || tries === MAX_TRIES) throw error;
    }
    await sleep(PAUSE_MS);
    // Waits while Kratos is down as a whole: then this row is not at fault.
    await kratos.ready();
  }
}

/** Whether Kratos answered and rejected what was sent, so that sending less of it can show which row is at fault. */
export function isRowError(error: unknown): error is KratosError {
  return error instanceof KratosError && (error.kind === 'refused' || error.kind === 'broken');
}
