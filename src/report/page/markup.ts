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

/** A value from outside: a name that is written from right to left does not turn the text around it. */
export function name(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}

function toHtml(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map(toHtml).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
