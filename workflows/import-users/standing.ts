/** How an import stands, for those who are told without looking. Pure. */
import type { Occasion } from '../../src/contract/notification.js';
import { needsSomebody, type Ended } from '../../src/notify/needs.js';
import type { Standing } from '../../src/notify/rules.js';
import type { ImportRun, ImportState } from './state.js';

export function standingOf({ state }: ImportRun): Standing {
  const { phase, pausedBy, pendingApproval, held } = state;
  // Nothing is left to pause.
  if (phase === 'reporting' || phase === 'done') {
    return { occasions: [], isStalled: isStalled(state) };
  }
  const occasions: Occasion[] = [
    ...(pendingApproval ? [{ what: 'awaiting-approval', reason: pendingApproval } as const] : []),
    ...pausedBy.map((reason) => ({ what: 'paused', reason }) as const),
    ...(held && phase === 'inviting' ? [HELD] : []),
  ];
  return { occasions, isStalled: isStalled(state) };
}

/** Whether operators are told of an end of its own. */
export function needsSomebodyAtItsEnd({ input, state }: ImportRun, end: Ended): boolean {
  const lastOpen = state.taken?.last?.open ?? 0;
  const night = { lastOpen, isAnyLost: state.undecidedChunks.length > 0 };
  return needsSomebody(end, input.missing.scope === undefined ? undefined : night);
}

const HELD: Occasion = { what: 'invitations-held', reason: 'held' };

/** A refused token pauses, and an overloaded Kratos answers: neither counts. */
function isStalled({ phase, stall, areMailsWaiting }: ImportState): boolean {
  if (phase === 'preflight') return true;
  return stall === 'unavailable' || (phase === 'inviting' && areMailsWaiting === true);
}
