/**
 * Kratos with retries: a request that Kratos cannot take now is sent again, after as long as Kratos asks for or by
 * exponential backoff with jitter.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StallReport } from '../contract/stall.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import { exponentialBackoff, withJitter } from '../flow-control/backoff.js';
import type { RetryAfterGate } from './retry-after-gate.js';
import { ABSENT_IDENTITY, KratosError, type Kratos } from './kratos.js';

/** How the requests of one attempt are retried. */
export interface RetryPolicy {
  /** An attempt that is given up sends nothing more. */
  signal: AbortSignal;
  /** Aborted when the rest of the work is asked for: what is sent already is waited for, and nothing more is sent. */
  handBack?: AbortSignal | undefined;
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
/** A gateway may answer in Kratos's place for a moment. */
const TRIES_OF_BLOCKED = 3;
/** Of several gateways that take turns, one may be at fault. */
const PROBES = 3;

/**
 * Sending any request again is safe: a user who was created already conflicts, and a field that was changed already
 * stays so.
 * @throws KratosError of the last try when the time is up, `refused` for a request that is blocked while others are
 * not; the signal's reason when the attempt is given up
 */
export function withRetries(kratos: Kratos, { handBack, ...given }: RetryPolicy): Kratos {
  const signal = eitherOf(given.signal, handBack);
  const policy = { ...given, signal };
  const { writes } = policy;
  const send = <T>(request: () => Promise<T>, blocking: Partial<Blocking> = {}): Promise<T> =>
    retry(request, policy, {
      probe: () => kratos.checkToken(),
      tries: TRIES_OF_BLOCKED,
      ...blocking,
    });
  return {
    ready: () => send(() => kratos.ready()),
    checkToken: () => send(() => kratos.checkToken()),
    supports: (part) => send(() => kratos.supports(part)),
    signInProviders: () => send(() => kratos.signInProviders()),
    schemas: () => send(() => kratos.schemas()),
    createBatch: (identities) => {
      // What is blocked for one of many rows shows in smaller batches.
      const tries = identities.length > 1 ? 1 : TRIES_OF_BLOCKED;
      const probe = () => kratos.supports('external_id');
      const create = () => send(() => kratos.createBatch(identities), { probe, tries });
      return writes ? writes.run(identities.length, signal, create) : create();
    },
    storedIds: (ids) => send(() => kratos.storedIds(ids)),
    findByIdentifier: (identifier) => send(() => kratos.findByIdentifier(identifier)),
    findByExternalId: (externalId) => send(() => kratos.findByExternalId(externalId)),
    findByIds: (ids) => send(() => kratos.findByIds(ids)),
    listPage: (next) => send(() => kratos.listPage(next)),
    get: (id) => send(() => kratos.get(id), { probe: () => kratos.get(ABSENT_IDENTITY) }),
    // Where this is blocked, each may be read alone.
    getListed: (ids) => send(() => kratos.getListed(ids), { tries: 1 }),
    recoveryIsOff: (method) => send(() => kratos.recoveryIsOff(method)),
    createRecovery: (id, method, expiresIn) =>
      send(() => kratos.createRecovery(id, method, expiresIn), {
        probe: () => kratos.createRecovery(ABSENT_IDENTITY, method, expiresIn),
      }),
    update: (id, patch) =>
      send(() => kratos.update(id, patch), { probe: () => kratos.update(ABSENT_IDENTITY, []) }),
    swapPassword: (id, swap) =>
      send(() => kratos.swapPassword(id, swap), {
        probe: async () => {
          await kratos.get(ABSENT_IDENTITY);
          await kratos.update(ABSENT_IDENTITY, []);
        },
      }),
    hasSessions: (id) =>
      send(() => kratos.hasSessions(id), { probe: () => kratos.hasSessions(ABSENT_IDENTITY) }),
    revokeSessions: (id) =>
      send(() => kratos.revokeSessions(id), {
        probe: () => kratos.revokeSessions(ABSENT_IDENTITY),
      }),
    remove: (id) => send(() => kratos.remove(id), { probe: () => kratos.remove(ABSENT_IDENTITY) }),
  };
}

/** Aborted with the first of the two. */
export function eitherOf(signal: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  if (!other) return signal;
  const either = AbortSignal.any([signal, other]);
  // All of one piece of work wait with it: many listeners are no leak.
  setMaxListeners(0, either);
  return either;
}

interface Blocking {
  /**
   * The same kind of request, without any value of a row: what lets nobody write, or blocks a path, blocks it as well.
   * It concerns no identity and changes nothing.
   */
  probe: () => Promise<unknown>;
  /** How often a request is sent that is blocked while others are not. */
  tries: number;
}

/**
 * One request, sent again while Kratos cannot take it.
 * @param blocking absent: a request that is blocked is not sent again
 */
export async function retry<T>(
  request: () => Promise<T>,
  policy: RetryPolicy,
  blocking?: Blocking,
): Promise<T> {
  const { signal, retryAfter, onStall, onAnswerLost } = policy;
  const deadline = Date.now() + LONGEST_RETRYING_MS;
  let blocked = 0;
  for (let tries = 1; ; tries++) {
    await retryAfter.wait(signal);
    try {
      return await request();
    } catch (thrown) {
      if (!(thrown instanceof KratosError)) throw thrown;
      const error =
        thrown.kind === 'blocked' && blocking ? await judge(thrown, blocking.probe) : thrown;
      // It may have been the answer alone, on its way back.
      if (thrown.kind === 'blocked') onAnswerLost?.();
      if (blocking && error.details.byGateway && ++blocked < blocking.tries) {
        await sleep(withJitter(exponentialBackoff(BACKOFF, blocked)), undefined, { signal });
        continue;
      }
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

/** Whether something in front of Kratos blocks this request alone: then others of its kind are let through. */
async function judge(
  { message, details }: KratosError,
  probe: Blocking['probe'],
): Promise<KratosError> {
  for (let probes = 0; probes < PROBES; probes++) {
    try {
      await probe();
    } catch (error) {
      if (!(error instanceof KratosError)) throw error;
      // Kratos itself has answered it.
      if (error.kind === 'refused' || error.kind === 'broken') continue;
      const isForbidden = error.kind === 'blocked' && error.details.status === 403;
      const kind = error.kind === 'unauthorized' || isForbidden ? 'unauthorized' : 'unavailable';
      return new KratosError(kind, message, details);
    }
  }
  return new KratosError('refused', message, { ...details, byGateway: true });
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
