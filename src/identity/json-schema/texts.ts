/** Keywords for texts. Of encodings and media types, Kratos knows one each. */
import { patternOf, textOf, type Keyword } from './place.js';
import { broken, NONE } from './violations.js';

export const pattern: Keyword = (operand, place) => {
  const text = textOf(operand, place);
  const matcher = patternOf(text, place);
  if (!matcher) return undefined;
  const wrong = broken(`must match pattern "${text}"`);
  return (value) => (typeof value !== 'string' || matcher.test(value) ? NONE : wrong);
};

export const contentEncoding: Keyword = (operand, place) => {
  if (textOf(operand, place) !== 'base64') return undefined;
  const wrong = broken('must be base64');
  return (value) => (typeof value === 'string' && fromBase64(value) === undefined ? wrong : NONE);
};

export const contentMediaType: Keyword = (operand, place) => {
  const encoding = place.schema['contentEncoding'] ?? '';
  // An encoding that Kratos does not know hides the content.
  const isHidden = encoding !== '' && encoding !== 'base64';
  if (textOf(operand, place) !== 'application/json' || isHidden) return undefined;
  const wrong = broken('must hold JSON');
  return (value) => {
    if (typeof value !== 'string') return NONE;
    const content = encoding === '' ? value : fromBase64(value);
    return content === undefined || beginsWithJson(content) ? NONE : wrong;
  };
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @returns undefined where the text is no base64; ends of lines count for nothing */
function fromBase64(text: string): string | undefined {
  const letters = text.replace(/[\r\n]/g, '');
  return BASE64.test(letters) ? Buffer.from(letters, 'base64').toString() : undefined;
}

/** A value that is no list and no object. */
const SINGLE =
  /^(?:true|false|null|"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*(?!\d))(?:\.\d+(?!\d)|(?!\.))(?:[eE][+-]?\d+|(?![eE])))/;

/** Kratos reads one value, whatever follows it. */
function beginsWithJson(content: string): boolean {
  const text = content.replace(/^[ \t\r\n]+/, '');
  if (!/^[[{]/.test(text)) return SINGLE.test(text);
  try {
    JSON.parse(text.slice(0, endOfNesting(text)));
    return true;
  } catch {
    return false;
  }
}

/** Where the list or object that a text begins with is closed. */
function endOfNesting(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\[^])*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (depth === 0) return index + token.length;
  }
  return 0;
}
