/**
 * Kratos with retries: a request that Kratos cannot take now is sent again, after as long as Kratos asks for or by
 * exponential backoff with jitter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StallReport } from '../contract/stall.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import { exponentialBackoff, withJitter } from '../flow-control/backoff.js';
import type { RetryAfterGate } from './retry-after-gate.js';
import { KratosError, type Kratos } from './kratos.js';

/** How the requests of one attempt are retried. */
export interface RetryPolicy {
  /** An attempt that is given up sends nothing more. */
  signal: AbortSignal;
  /** Shared by all attempts of a worker. */
  retryAfter: RetryAfterGate;
  /** Shared by all attempts of a worker: batches wait in it for their turn. Without it all are sent at once. */
  writes?: Pick<AdaptiveSemaphore, 'run'>;
  /** Called with the reason before each pause. */
  onStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Called when an answer was lost: Kratos may have carried the request out. */
  onAnswerLost?: () => void;
}

/** After this long in one request the attempt is given back, so that another worker may have it. */
const LONGEST_RETRYING_MS = 2 * 60_000;
const BACKOFF = { firstMs: 500, longestMs: 30_000 };
const UNAUTHORIZED_PAUSE_MS = 10_000;

/**
 * Sending any request again is safe: a user who was created already conflicts, and a field that was changed already
 * stays so.
 * @throws KratosError of the last try when the time is up; the signal's reason when the attempt is given up
 */
export function withRetries(kratos: Kratos, policy: RetryPolicy): Kratos {
  const { writes, signal } = policy;
  const send = <T>(request: () => Promise<T>): Promise<T> => retry(request, policy);
  return {
    ready: () => send(() => kratos.ready()),
    checkToken: () => send(() => kratos.checkToken()),
    takesExternalId: () => send(() => kratos.takesExternalId()),
    schemas: () => send(() => kratos.schemas()),
    createBatch: (identities) => {
      const create = () => send(() => kratos.createBatch(identities));
      return writes ? writes.run(identities.length, signal, create) : create();
    },
    storedIds: (ids) => send(() => kratos.storedIds(ids)),
    findByIdentifier: (identifier) => send(() => kratos.findByIdentifier(identifier)),
    findByIds: (ids) => send(() => kratos.findByIds(ids)),
    listPage: (next) => send(() => kratos.listPage(next)),
    get: (id) => send(() => kratos.get(id)),
    recoveryIsOff: (method) => send(() => kratos.recoveryIsOff(method)),
    createRecovery: (id, method, expiresIn) =>
      send(() => kratos.createRecovery(id, method, expiresIn)),
    update: (id, patch) => send(() => kratos.update(id, patch)),
    hasSessions: (id) => send(() => kratos.hasSessions(id)),
    remove: (id) => send(() => kratos.remove(id)),
  };
}

async function retry<T>(request: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { signal, retryAfter, onStall, onAnswerLost } = policy;
  const deadline = Date.now() + LONGEST_RETRYING_MS;
  for (let tries = 1; ; tries++) {
    await retryAfter.wait(signal);
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof KratosError)) throw error;
      const { answerLost, retryAfterMs } = error.details;
      if (answerLost) onAnswerLost?.();
      if (error.kind !== 'unavailable' && error.kind !== 'unauthorized') throw error;
      if (retryAfterMs !== undefined) retryAfter.hold(retryAfterMs);
      onStall(toStall(error));
      const pause =
        error.kind === 'unauthorized'
          ? UNAUTHORIZED_PAUSE_MS
          : withJitter(exponentialBackoff(BACKOFF, tries));
      if (Date.now() + Math.max(pause, retryAfterMs ?? 0) > deadline) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}

function toStall({ kind, message, details }: KratosError): Omit<StallReport, 'runId'> {
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
