/** What the one who watches an import has to read, and not only to see go by: notices, and what it waits for. */
import { renderNotice, renderWaiting, type AnyProgress } from './render.js';

/**
 * Remembers what was told.
 * @returns the lines that are new since the last call: each notice once, and how to go on each time it begins to wait
 */
export function createNoticeFeed(workflowId: string): (progress: AnyProgress) => string[] {
  const told = new Set<string>();
  let last: string | undefined;
  let waiting: string[] = [];

  return (progress) => {
    const lines: string[] = [];
    for (const notice of progress.notices) {
      const line = renderNotice(notice);
      // What is said again at once keeps its place in the list and gets a new time.
      if (!told.has(line) && notice.text !== last) lines.push(line);
      told.add(line);
      last = notice.text;
    }
    const before = waiting;
    waiting = renderWaiting(progress, workflowId);
    return [...lines, ...waiting.filter((line) => !before.includes(line))];
  };
}
