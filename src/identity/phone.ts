/**
 * Phone numbers as Kratos reads them: with the copy in Go of Google's libphonenumber, and without a region, so that
 * they need their country's code.
 */
import phones from 'google-libphonenumber';

const { PhoneNumberFormat, PhoneNumberUtil } = phones;

/**
 * A phone number as Kratos stores it for sign-in and messages, `+4917667111638`.
 * @returns undefined where Kratos takes the text for no valid number
 */
export function toE164(text: string): string | undefined {
  const library = PhoneNumberUtil.getInstance();
  try {
    const number = library.parse(asGoReads(text));
    return library.isValidNumber(number)
      ? library.format(number, PhoneNumberFormat.E164)
      : undefined;
  } catch {
    return undefined;
  }
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
