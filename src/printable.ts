/** Text for a terminal or a log, whatever a file, Temporal or Kratos has put into it. */

/**
 * What a terminal obeys (control characters of both sets), line ends, what turns the direction of the text around it,
 * and what is not seen at all. The joiners of Persian names and of emoji stay.
 */
const OBEYED =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** The login of a URL; bounded, so that a long line costs no more than its length. */
const LOGIN = /:\/\/[^\s"'<>]{0,500}@/g;

/** One line: what a terminal would obey is shown as an escape such as `\u{1b}`, and a URL without its login. */
export function printable(line: string): string {
  return line
    .replace(OBEYED, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
    .replace(LOGIN, '://');
}

/** The same as JSON, whose own escapes programs read back. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value).replace(OBEYED, (character) =>
    Array.from({ length: character.length }, (_, i) => escapeOf(character.charCodeAt(i))).join(''),
  );
  return printable(text);
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Bounded like the login: a long text costs no more than its length. */
const ADDRESS = /[^\s"'<>()@]{1,200}@[^\s"'<>()@]{1,200}/g;

/** A text of a program that this one does not know, without what may be a person's address. */
export function withoutAddresses(text: string): string {
  return text.replace(ADDRESS, '…@…');
}

/** A message of our own with several lines. */
export function printableLines(message: string): string[] {
  return message.split('\n').map(printable);
}
