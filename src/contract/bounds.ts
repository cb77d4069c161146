/** Bounds of what a message may hold. Whoever may signal a workflow can send it anything. */

import { isPlainText, withoutHidden } from './plain-text.js';

/** Characters of a text that goes into a notice. */
export const MOST_TEXT = 1_000;
/** Texts in one message. */
export const MOST_TEXTS = 50;

/** One line, without characters that hide or turn text around. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_TEXT && isPlainText(value);
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MOST_TEXTS && value.every(isText);
}

/** A whole number that can be counted up to. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @returns the text as a message takes it: on one line, and cut where it is too long */
export function cutText(text: string): string {
  const line = withoutHidden(text);
  return line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT - 1)}…` : line;
}
