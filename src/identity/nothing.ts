/** Words by which programs write that there is no value, and which a file then gives as one. */

/** In lower case, but for `NA`, which in other letters is a name. */
const WORDS = new Set([
  ...['null', '(null)', '<null>', '[null]', '{null}', '\\n', '\\0', 'nil', '<nil>'],
  ...['none', '(none)', '<none>', 'undefined', '[object object]', 'nan', 'nat'],
  ...['n/a', 'n.a.', '<na>', '(blank)', '(empty)', '<empty>', '-', '--', '---'],
  // Excel's errors, in English, German, French and Spanish.
  ...['#n/a', '#null!', '#name?', '#ref!', '#value!', '#div/0!', '#num!'],
  ...['#nv', '#bezug!', '#wert!', '#zahl!', '#valeur!', '#nom?', '#nombre!', '#¡valor!', '#n/d'],
]);
const LONGEST = Math.max(...Array.from(WORDS, (word) => word.length));

/** The characters that a word begins with. Most cells begin with none of them, and cost no more than that. */
const FIRST = new Set(Array.from(WORDS, (word) => word.charCodeAt(0)));
const MAY_BEGIN = Array.from({ length: 128 }, (_, code) =>
  FIRST.has(String.fromCharCode(code).toLowerCase().charCodeAt(0)),
);

/** Whether a text is such a word. */
export function saysNothing(text: string): boolean {
  if (text.length > LONGEST || !MAY_BEGIN[text.charCodeAt(0)]) return false;
  return text === 'NA' || WORDS.has(text.toLowerCase());
}
