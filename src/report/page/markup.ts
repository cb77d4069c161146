/** HTML as a tagged template: a value in it is text, unless it is Markup. */

/** HTML that is safe to put into a page as it is. */
export class Markup {
  constructor(readonly html: string) {}
}

/** A value in a template; `undefined` and `false` give nothing. */
export type Part = Markup | string | number | undefined | false | Part[];

/** Escapes each value that is not Markup itself. Attributes must be in double quotes. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(String.raw({ raw: texts }, ...parts.map(toHtml)));
}

/** A longer word would not fit into a phone's line, or a table's cell: it may be broken, and no other is. */
const LONG_WORDS = /(\S{25,})/;
/** Where a long word is broken first. */
const PARTS = /(?<=[_/.@])/;

/** A value from outside: a name that is written from right to left does not turn the text around it. */
export function name(text: string): Markup {
  const words = text.split(LONG_WORDS).map((word, i) => (i % 2 === 1 ? longWord(word) : word));
  return html`<bdi>${words}</bdi>`;
}

function longWord(word: string): Markup {
  const parts = word.split(PARTS).map((part, i) => [i > 0 && html`<wbr />`, part]);
  return html`<span class="long">${parts}</span>`;
}

/** A code such as `invalid_email`. */
export function code(text: string): Markup {
  return html`<code>${name(text)}</code>`;
}

/** A sentence of this program, in which an option such as `--allow` stays in one piece. */
export function prose(text: string): Markup {
  const parts = text.split(/(?<!\S)(--[a-z-]+)/);
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<span class="whole">${part}</span>` : part))}`;
}

/** What is typed into a terminal. A click selects all of it. */
export function command(text: string): Markup {
  return html`<pre dir="ltr"><code>${text}</code></pre>`;
}

function toHtml(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map(toHtml).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
