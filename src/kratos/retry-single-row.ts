import { setTimeout as sleep } from 'node:timers/promises';
import { KratosError, type Kratos } from './kratos.js';

/** How often a request for one row is sent on which Kratos breaks, and after how long again. */
const TRIES = 3;
const PAUSE_MS = 250;

/**
 * Sends a request for one row, again when Kratos breaks on it: it may have broken for a reason of its own.
 * @throws KratosError of the last try
 */
export async function retrySingleRow<T>(kratos: Kratos, request: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof KratosError) || error.kind !== 'broken' || tries === TRIES)
        throw error;
    }
    await sleep(PAUSE_MS);
    // Waits while Kratos is down as a whole: then this row is not at fault.
    await kratos.ready();
  }
}

/** Whether Kratos was there and took against what was sent, so that sending less of it can tell which row is at fault. */
export function isRowError(error: unknown): error is KratosError {
  return error instanceof KratosError && (error.kind === 'refused' || error.kind === 'broken');
}
