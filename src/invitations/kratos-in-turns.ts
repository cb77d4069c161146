/** Kratos as the mails of steps ask it: as many requests at once as make it faster, however many steps there are. */
import type { Turns } from '../flow-control/turns.js';
import type { Kratos } from '../kratos/kratos.js';

/** Of one step: so many where the servers are far away. Each asks Kratos one thing after the other. */
export const MAILS_AT_ONCE = 32;

/** What an invitation asks of Kratos. */
export type InvitationKratos = Pick<Kratos, 'get' | 'getListed' | 'createRecovery' | 'update'>;

/**
 * @param turns shared by all steps of a worker
 * @param signal a request whose step is given up leaves the queue
 */
export function kratosInTurns(
  kratos: InvitationKratos,
  turns: Turns,
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
