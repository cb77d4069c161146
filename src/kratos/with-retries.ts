/** Kratos, waited for: a request that Kratos cannot take now is sent again when it asks for that, or after a while. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StallReport } from '../contract/stall.js';
import { KratosError, type Kratos } from './kratos.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';

/** How one attempt waits. */
export interface Patience {
  /** An attempt that is given up sends nothing more. */
  signal: AbortSignal;
  /** Shared by all attempts of a worker. */
  holdOff: HoldOff;
  /** Shared by all attempts of a worker: batches wait in it for their turn. Without it all are sent at once. */
  writes?: Pick<AdaptiveSemaphore, 'run'>;
  /** Told of what is waited for, each time that it is. */
  onStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Called when an answer was lost: what was asked for may have been done. */
  onPerhapsDone?: () => void;
}

/** When Kratos last asked not to be asked before (milliseconds): what one attempt learns holds for all of its worker. */
export interface HoldOff {
  until: number;
}

/** After this long in one request the attempt is given back, so that another worker may have it. */
const PATIENCE_MS = 2 * 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const UNAUTHORIZED_WAIT_MS = 10_000;
/** A server that asks for more, by a date of next year for example, is asked again after this long. */
const LONGEST_HOLD_OFF_MS = 5 * 60_000;

type Operation = (...parameters: unknown[]) => Promise<unknown>;

/**
 * The same Kratos with patience. Sending a request again is safe for all of them: what was created already conflicts, and
 * what was changed already stays so.
 * @throws KratosError of the last try when patience ends; the signal's reason when the attempt is given up
 */
export function patientKratos(kratos: Kratos, patience: Patience): Kratos {
  const { writes, signal } = patience;
  return new Proxy(kratos, {
    get: (target, name) => {
      const operation = Reflect.get(target, name) as Operation;
      return (...parameters: unknown[]) => {
        const patiently = () => persist(() => operation.apply(target, parameters), patience);
        if (!writes || name !== 'createBatch') return patiently();
        const [batch] = parameters as [unknown[]];
        return writes.run(batch.length, signal, patiently);
      };
    },
  });
}

async function persist<T>(request: () => Promise<T>, patience: Patience): Promise<T> {
  const { signal, holdOff, onStall, onPerhapsDone } = patience;
  const until = Date.now() + PATIENCE_MS;
  for (let tries = 0; ; tries++) {
    await untilAllowed(holdOff, signal);
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof KratosError)) throw error;
      if (error.details.perhapsDone) onPerhapsDone?.();
      if (error.kind !== 'unavailable' && error.kind !== 'unauthorized') throw error;
      const { retryAfterMs } = error.details;
      if (retryAfterMs !== undefined) {
        const asked = Date.now() + Math.min(retryAfterMs, LONGEST_HOLD_OFF_MS);
        holdOff.until = Math.max(holdOff.until, asked);
      }
      const wait = error.kind === 'unauthorized' ? UNAUTHORIZED_WAIT_MS : backOff(tries);
      onStall(describe(error));
      if (Date.now() + Math.max(wait, retryAfterMs ?? 0) > until) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
}

/** Not all that wait for one moment send at that very moment. */
const SPREAD_MS = 1000;

async function untilAllowed(holdOff: HoldOff, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // Kratos may have asked for more meanwhile.
  while (Date.now() < holdOff.until) {
    const wait = holdOff.until - Date.now() + Math.random() * SPREAD_MS;
    await sleep(wait, undefined, { signal });
  }
}

/** Doubles from try to try, with half of it left to chance, so that those who were refused together do not come together again. */
function backOff(tries: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS);
  return wait / 2 + (Math.random() * wait) / 2;
}

function describe({ kind, message, details }: KratosError): Omit<StallReport, 'runId'> {
  if (kind === 'unauthorized') {
    return {
      kind,
      text: `${message}. It goes on by itself once KRATOS_ADMIN_TOKEN, or the proxy in front of Kratos, lets the worker in again.`,
    };
  }
  return details.overloaded
    ? { kind: 'overloaded', text: `${message}.` }
    : { kind: 'unavailable', text: `${message}. It is tried again until Kratos answers.` };
}
