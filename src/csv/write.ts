/** Writing CSV cells (RFC 4180) and making them harmless where a spreadsheet would run them. */
import type { Separator } from '../contract/dialect.js';

/** A cell, quoted where it must be. */
export function csvCell(value: string, separator: Separator = ','): string {
  return /[",\r\n]/.test(value) || value.includes(separator)
    ? `"${value.replaceAll('"', '""')}"`
    : value;
}

/**
 * The same for a file that people open in a spreadsheet: what would run as a formula gets an apostrophe in front
 * (https://owasp.org/www-community/attacks/CSV_Injection). Where a spreadsheet cuts cells at semicolons, a formula may
 * begin after each; and it may skip blanks and invisible characters before one, and take full-width signs.
 */
export function harmlessCell(value: string): string {
  return csvCell(HARMLESS.test(value) ? value : defused(value));
}

/** The same for what users are known by: a phone number of a plus and digits is no formula, and is looked for as it is. */
export function harmlessIdentifier(value: string): string {
  return /^\+\d{7,15}$/.test(value) ? value : harmlessCell(value);
}

/** What nearly all values are, known at one look: a letter or digit first, and nothing that ends a cell. */
const HARMLESS = /^(?:[\p{L}\p{N}][^;\t\r\n]*)?$/u;
const FORMULA = /[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const CELL_END = /[;\t\r\n]/;
const SKIPPED = /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

function defused(value: string): string {
  let text = '';
  /** What was skipped since a cell began; undefined within its text. */
  let skipped: string | undefined = '';
  for (const char of value) {
    const ends: boolean = CELL_END.test(char);
    const isFirst = text === '' && skipped === '';
    if (skipped === undefined) text += char;
    else if (FORMULA.test(char) || (isFirst && ends && char !== ';')) {
      text += `'${skipped}${char}`;
      skipped = undefined;
    } else if (SKIPPED.test(char) && !ends) skipped += char;
    else {
      text += skipped + char;
      skipped = undefined;
    }
    if (ends) skipped = '';
  }
  return text + (skipped ?? '');
}
