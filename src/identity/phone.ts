/**
 * Phone numbers as Kratos reads them: with the copy in Go of Google's libphonenumber, and without a region, so that
 * they need their country's code.
 */
import { createRequire } from 'node:module';

/**
 * A phone number as Kratos stores it for sign-in and messages, `+4917667111638`.
 * @returns undefined where Kratos takes the text for no valid number
 */
export function toE164(text: string): string | undefined {
  if (!MAY_BE_NUMBER.test(text) || isLonger(text, MAX_BYTES)) return undefined;
  if (last.text !== text) last = { text, number: parse(text) };
  return last.number;
}

/** The country's code is behind a plus, which may be a wide one, or beside the number (RFC 3966). */
const MAY_BE_NUMBER = /[+\uff0b]|;phone-context=/;

/** The library in Go takes no longer text, and the search for a number in it takes time by its square. */
const MAX_BYTES = 250;

function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || Buffer.byteLength(text) > bytes;
}

/** The schema, the search for duplicates and the look-up of a user ask for the same number. */
let last: { text: string; number: string | undefined } = { text: '', number: undefined };

function parse(text: string): string | undefined {
  const { util, E164 } = library();
  try {
    const number = util.parse(asGoReads(text));
    return util.isValidNumber(number) ? util.format(number, E164) : undefined;
  } catch {
    return undefined;
  }
}

type Library = ReturnType<typeof load>;

let loaded: Library | undefined;

/** Loaded when the first number comes: few files have any, and every command would wait for it. */
function library(): Library {
  return (loaded ??= load());
}

function load() {
  const require = createRequire(import.meta.url);
  const { PhoneNumberUtil, PhoneNumberFormat } =
    require('google-libphonenumber') as typeof import('google-libphonenumber');
  return { util: PhoneNumberUtil.getInstance(), E164: PhoneNumberFormat.E164 };
}

/** The signs between digits that the library knows. */
const BETWEEN =
  'x\\-\\u2010-\\u2015\\u2212\\u30fc\\uff0d-\\uff0f \\u00a0\\u00ad\\u200b\\u2060\\u3000()\\uff08\\uff09\\uff3b\\uff3d.\\[\\]/~\\u2053\\u223c\\uff5e*';
const START = /[+\uff0b\p{Nd}]/u;
/** What Google's library takes off the end of a number. Its copy means to, by an expression that never matches. */
const END = /[^\p{Nd}A-Za-z#]$/u;
const NUMBER = new RegExp(
  `^[+\\uff0b]*(?:[${BETWEEN}]*\\p{Nd}){3,}[${BETWEEN}A-Za-z\\p{Nd}]*$`,
  'u',
);

/** Where the two libraries differ, a number that Google's reads as Go's copy would; empty where that reads none. */
function asGoReads(text: string): string {
  if (!END.test(text) || text.includes(';phone-context=')) return text;
  const number = text.slice(text.search(START)).replace(/[\\/] *x[^]*$/, '');
  if (!NUMBER.test(number)) return '';
  // With a sign at its end, the number has no extension: all its digits are its own.
  return /[A-Za-z].*[A-Za-z].*[A-Za-z]/.test(number) ? number : number.replace(/[A-Za-z]/g, '');
}
