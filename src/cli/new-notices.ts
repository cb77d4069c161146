/** The lines of a running import that must not scroll by unseen: notices, and the commands that it waits for. */
import type { Notice } from '../contract/import/progress.js';
import { isUndoProgress } from '../contract/undo/progress.js';
import type { AnyProgress } from './progress-facts.js';
import { renderGate } from './render-plan.js';
import { renderNotice } from './lines.js';
import { renderWaiting } from './render.js';
import type { Line } from './terminal.js';

/**
 * Remembers the lines it has given.
 * @param seen notices that need not be given
 * @returns a function that gives the lines that are new since its last call: each notice once, and each time the import
 * begins to wait what there is to look at, and how to go on
 */
export function createNoticeFeed(
  workflowId: string,
  seen: readonly Notice[] = [],
): (progress: AnyProgress) => Line[] {
  const shown = new Set(seen.map(keyOf));
  let last = seen.at(-1)?.text;
  let waiting: Line[] = [];

  return (progress) => {
    const lines: Line[] = [];
    for (const notice of progress.notices) {
      const key = keyOf(notice);
      // A notice that is repeated at once keeps its place in the list and gets a new time.
      if (!shown.has(key) && notice.text !== last) lines.push(renderNotice(notice));
      shown.add(key);
      last = notice.text;
    }
    const before = textOf(waiting);
    const gate = isUndoProgress(progress) ? [] : renderGate(progress);
    waiting = [...gate, ...renderWaiting(progress, workflowId)];
    const isNew = textOf(waiting) !== before;
    return isNew ? [...lines, ...waiting] : lines;
  };
}

function keyOf({ at, text }: Notice): string {
  return `${at} ${text}`;
}

function textOf(lines: Line[]): string {
  return JSON.stringify(lines);
}

/**
 * Remembers why no worker answered at the last call.
 * @returns a function that gives the lines again only when they say something else: numbers in them, such as the time
 * since, count for nothing
 */
export function createReasonFeed(): (why: string[]) => string[] {
  let last = '';
  return (why) => {
    const said = why.join('\n').replaceAll(/\d+/g, '');
    const isNew = said !== last;
    last = said;
    return isNew ? why : [];
  };
}
