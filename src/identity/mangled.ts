/** What a spreadsheet makes of digits that are no number, such as a phone number or a postal code. */

/** It keeps this many digits of a number, and writes zeros for the others. */
const KEPT_DIGITS = 15;

/**
 * Whether a text is what a spreadsheet leaves of another one, that has a plus, zeros in front or more digits than it
 * keeps: `1234` of `01234`.
 */
export function isMangled(text: string, original: unknown): boolean {
  if (typeof original !== 'string' || text === original || !/^[1-9]\d*$/.test(text)) return false;
  const [, digits] = /^\+?0*(\d+)$/.exec(original) ?? [];
  return digits !== undefined && (text === digits || isRounded(text, digits));
}

function isRounded(text: string, digits: string): boolean {
  return (
    digits.length > KEPT_DIGITS &&
    text.length === digits.length &&
    (Number(text) === Number(digits) ||
      text === digits.slice(0, KEPT_DIGITS).padEnd(digits.length, '0'))
  );
}
