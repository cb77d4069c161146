/** What a run has to say to its operator. Pure. */
import { cutText } from '../../src/contract/bounds.js';
import type { Notice } from '../../src/contract/import/progress.js';

const MOST_NOTICES = 50;

/**
 * Adds a notice; a text that repeats the one before it only renews its time.
 * @param now milliseconds since 1970
 */
export function addNotice(state: { notices: Notice[] }, text: string, now: number): void {
  const others =
    state.notices.at(-1)?.text === cutText(text) ? state.notices.slice(0, -1) : state.notices;
  const notice = { at: new Date(now).toISOString(), text: cutText(text) };
  state.notices = [...others, notice].slice(-MOST_NOTICES);
}
