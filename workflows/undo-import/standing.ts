/** How an undo stands, for those who are told without looking. Pure. */
import type { Standing } from '../../src/notify/rules.js';
import type { UndoRun } from './state.js';

/** Whoever has started an undo looks at its plan a moment later, and need not be told of it. */
const LOOKS_MS = 5 * 60_000;

/** @param startedAt milliseconds since 1970 */
export function standingOf({ state }: UndoRun, startedAt: number): Standing {
  const { phase, pausedBy, stall } = state;
  const isStalled = phase === 'preflight' || stall === 'unavailable';
  if (phase === 'reporting' || phase === 'done') return { occasions: [], isStalled };
  const gate = { what: 'awaiting-approval', reason: 'plan', from: startedAt + LOOKS_MS } as const;
  const pauses = pausedBy.map((reason) => ({ what: 'paused', reason }) as const);
  return { occasions: phase === 'awaiting-approval' ? [gate, ...pauses] : pauses, isStalled };
}
