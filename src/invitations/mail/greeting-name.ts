/** Which first names a mail may greet its reader by. Anybody may have typed them, as into a sign-up form. */
import { oneLine } from './one-line.js';

/** What names are written with, in all scripts. No name has the signs of links, tags and formulas. */
const NAME = /^[\p{L}\p{M}\p{Nd}\u200C\u200D '’‘ʼ`´.,·・‧()‐‑–-]+$/u;
/** Mail programs make a link of it by themselves, from the dot before two letters on. */
const DOMAIN = /[\p{L}\p{M}\p{Nd}-]\.[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}-]/u;
const LINK = /(?<!\p{L})(https?|www)(?!\p{L})/iu;
/** A full stop ends a title or an initial, and otherwise a sentence. */
const SENTENCE = /\p{L}{5}\.(\s|$)/u;
/** East Asian scripts write sentences without spaces. */
const EAST_ASIAN_SENTENCE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]{11}/u;
const PARTICLES = new Set(
  'al bin da das de del den der di do dos e el ibn la las los ten ter van von y'.split(' '),
);
const MOST_CHARACTERS = 60;
const MOST_WORDS = 4;
/** Enough for a "3rd", too few for a telephone number. */
const MOST_DIGITS = 4;

/**
 * A mail that bears the platform's name must not say what a stranger wants said: "Hello evil.example.com,". A name that
 * is wrongly taken for that costs no more than the greeting by name.
 * @returns undefined where the mail is better off without the name
 */
export function greetingName(firstName: string): string | undefined {
  const written = firstName.trim();
  const isName =
    written.length <= MOST_CHARACTERS &&
    NAME.test(written) &&
    /\p{L}/u.test(written) &&
    ![DOMAIN, LINK, SENTENCE, EAST_ASIAN_SENTENCE].some((pattern) => pattern.test(written)) &&
    (written.match(/\p{Nd}/gu) ?? []).length <= MOST_DIGITS &&
    wordsOf(written).length <= MOST_WORDS;
  return isName ? oneLine(written) : undefined;
}

function wordsOf(name: string): string[] {
  return name.split(/[ ,()]+/).filter((word) => word !== '' && !PARTICLES.has(word.toLowerCase()));
}
