/** Line and paragraph ends, tabs, NUL and their like. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
/** Invisible: zero-width characters, marks that turn the direction of the text around them, halves of characters. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts are such already. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * A value as harmless plain text of one line, whatever a file or a person put into it.
 *
 * @param most characters; a longer text is cut, and ends in an ellipsis
 */
export function oneLine(text: string, most = Infinity): string {
  if (text.length <= most && PLAIN.test(text)) return text;
  const plain = text.replace(CONTROL, ' ').replace(INVISIBLE, '').replace(/\s+/gu, ' ').trim();
  const characters = [...plain];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : plain;
}
