/**
 * Characters that people cannot see, take for others, or that stand where others were lost. Nearly all cells are letters,
 * digits and signs of ASCII, which `isUnusual` finds out in one scan; only the others are worth more questions.
 */

/** A character that was found in a text, without the text. */
export interface FoundCharacter {
  /** As `U+200B`. */
  name: string;
  /** Which of the text's characters it is, from 1. */
  place: number;
}

/** Also apostrophes and backslashes, which other programs put before what is not theirs. */
const UNUSUAL = /[^\x20-\x26\x28-\x5b\x5d-\x7e]/;

export function isUnusual(text: string): boolean {
  return UNUSUAL.test(text);
}

/**
 * Characters that no value of a user needs: controls but for tab, LF and CRLF, and U+202D and U+202E, which turn the text
 * around them wherever it is shown. A bare CR is where another program has ended a row.
 */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e]|\r(?!\n)/;

export function controlIn(text: string): FoundCharacter | undefined {
  return found(text, CONTROL);
}

/** Zero-width characters, soft hyphens, marks of direction, joiners, variation selectors, fillers, annotations, tags. */
export const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Joiners and selectors shape the letter or the picture before them in some scripts, and in emoji. */
const STRAY =
  /(?![\u200c\u200d\ufe0e\ufe0f](?<=[\p{Script=Arabic}\p{Script=Syriac}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}][\u200c\u200d\ufe0e\ufe0f]))[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;

export function invisibleIn(text: string): FoundCharacter | undefined {
  return found(text, STRAY);
}

/**
 * Blanks that cannot be typed into a field: those that look like a space, tabs and line ends, a Braille pattern without
 * dots. The wide space of Chinese and Japanese is a key there.
 */
const UNTYPED_BLANK = /[\t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800]/;

export function untypedBlankIn(text: string): FoundCharacter | undefined {
  return found(text, UNTYPED_BLANK);
}

/** Written by decoders in the place of bytes that they could not read. */
const REPLACEMENT = /\ufffd/;

export function replacementIn(text: string): FoundCharacter | undefined {
  return found(text, REPLACEMENT);
}

const APOSTROPHES_AND_HYPHENS = /[\u2018\u2019\u201b\u02b9\u02bc\u2032\u2010-\u2015\u2212]/;
const LATIN = '\\p{Script=Latin}';
const LIKE_LATIN =
  '[\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}\\p{Script=Cherokee}]';
/** Somewhere in a word that mixes scripts, letters of two of them are side by side. */
const MIXED_SCRIPTS = new RegExp(`${LATIN}\\p{M}*${LIKE_LATIN}|${LIKE_LATIN}\\p{M}*${LATIN}`, 'u');

/** More marks than any language puts on a letter (UAX #15): bringing them into order takes time by their square. */
const PILED_MARKS = /\p{M}{31}/u;

export function hasPiledMarks(text: string): boolean {
  return PILED_MARKS.test(text);
}

/** As keyboards write it: letters whole, and not in parts. */
export function typedForm(text: string): string {
  return hasPiledMarks(text) ? text : text.normalize('NFC');
}

/**
 * Whether a person would type other characters than these: curly apostrophes, hyphens that are none, letters of one
 * script within a word of another, full-width and other forms of plain characters.
 */
export function hasLookAlike(text: string): boolean {
  return (
    APOSTROPHES_AND_HYPHENS.test(text) ||
    MIXED_SCRIPTS.test(text) ||
    hasPiledMarks(text) ||
    text.normalize('NFKC') !== text.normalize('NFC')
  );
}

/** Windows-1252's characters for the bytes that follow the first one of a character in UTF-8. */
const LATER = '[\u00a0-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]';
const MOJIBAKE = new RegExp(`[ÂÃÄÅÎÏÐÑ]${LATER}|[âãåäæçèé]${LATER}{2}|ð${LATER}{3}`);

/** Whether UTF-8 seems to have been read as Windows-1252 and written again: `Ã©` for `é`. */
export function isMojibake(text: string): boolean {
  return MOJIBAKE.test(text);
}

function found(text: string, pattern: RegExp): FoundCharacter | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const code = match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return { name: `U+${code}`, place: [...text.slice(0, match.index)].length + 1 };
}
