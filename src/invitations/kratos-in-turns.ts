/** Kratos as the mails of steps ask it: as many requests at once as make it faster, however many mails are on their way. */
import { INITIAL_LIMIT } from '../flow-control/adaptive-limit.js';
import { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import type { Kratos } from '../kratos/kratos.js';

/** What an invitation asks of Kratos. */
export type InvitationKratos = Pick<Kratos, 'get' | 'getListed' | 'createRecovery' | 'update'>;

/** Requests that take milliseconds, and not all as long: only many of them tell two limits apart. */
export function turnsOfMails(): AdaptiveSemaphore {
  return new AdaptiveSemaphore({ ...INITIAL_LIMIT, writesASlot: 128 });
}

/**
 * @param turns shared by all steps of a worker
 * @param signal a request whose step is given up leaves the queue
 */
export function kratosInTurns(
  kratos: InvitationKratos,
  turns: Pick<AdaptiveSemaphore, 'run'>,
  signal: AbortSignal,
): InvitationKratos {
  const inTurn = <T>(request: () => Promise<T>): Promise<T> => turns.run(1, signal, request);
  return {
    get: (id) => inTurn(() => kratos.get(id)),
    getListed: (ids) => inTurn(() => kratos.getListed(ids)),
    createRecovery: (...of) => inTurn(() => kratos.createRecovery(...of)),
    update: (...change) => inTurn(() => kratos.update(...change)),
  };
}
