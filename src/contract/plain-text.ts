import { z } from 'zod';

/**
 * Controls, line ends, and marks that turn the text around them: they could write to a terminal, forge a line of a log or
 * make a name look like another one, wherever it is shown.
 */
const HIDDEN = '\\p{Cc}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069';
const PLAIN = new RegExp(`^[^${HIDDEN}]*$`, 'u');
const EACH_HIDDEN = new RegExp(`[${HIDDEN}]`, 'gu');

export function isPlainText(text: string): boolean {
  return PLAIN.test(text);
}

/** Text of one line without hidden characters. */
export function plainText(most: number) {
  return z.string().min(1).max(most).regex(PLAIN);
}

/** A text in which hidden characters are written out, as `\u001b`. */
export function withoutHidden(text: string): string {
  return text.replace(
    EACH_HIDDEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
