/** Texts that others have given, as Temporal's UI may show them. */

const MOST_BYTES = 300;

/** Cut where it has more bytes in UTF-8, or a little fewer. */
export function shortText(text: string, most = MOST_BYTES): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += character < '\u0080' ? 1 : character.length === 2 ? 4 : 3;
    if (bytes > most) return `${kept}…`;
    kept += character;
  }
  return text;
}

/** Whoever may signal a workflow can send it a notice: none of them is to lead anywhere under another name. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
