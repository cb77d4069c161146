/** How long nothing has moved in a run that is watched. Pure. */
import { isUndoProgress } from '../contract/undo/progress.js';
import type { AnyProgress } from './progress-facts.js';

/** Chunks come in bursts, and mails are reported less and less often the more of them there are. */
const USUAL_MS = 60_000;
const USUAL_MAILS_MS = 6 * 60_000;

/** What takes its time without a count of it. */
const COUNTED = new Set(['validating', 'importing', 'inviting', 'previewing', 'undoing']);

/**
 * Remembers when something moved last.
 * @returns a function that gives the seconds for which nothing has moved; undefined as long as that is usual, and while
 * nothing is to move
 */
export function createIdleClock(): (
  progress: AnyProgress,
  rowsRead: number | undefined,
  now: number,
) => number | undefined {
  let seen = '';
  let movedAt = 0;
  return (progress, rowsRead, now) => {
    const { phase, paused, rows } = progress;
    const mails = isUndoProgress(progress) ? undefined : progress.invitations;
    const isWaiting = paused || (phase === 'inviting' && mails?.held);
    const state = [phase, isWaiting, rows.done, rowsRead, mails?.sent, mails?.failed].join();
    if (state !== seen) movedAt = now;
    seen = state;
    const usual = phase === 'inviting' ? USUAL_MAILS_MS : USUAL_MS;
    const isIdle = COUNTED.has(phase) && !isWaiting && now - movedAt >= usual;
    return isIdle ? Math.round((now - movedAt) / 1000) : undefined;
  };
}
