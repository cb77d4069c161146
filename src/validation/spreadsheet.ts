/** What spreadsheets make of numbers that are none, such as phone numbers: exponents, and lost zeros. */
import { addCodes, countCode, type CodeCount } from '../contract/findings.js';

/** `4.91702E+11`, and `="0170"`, by which a spreadsheet keeps a text as it is. */
const EXPONENT = /^[+-]?\d(?:[.,]\d+E[+-]?|E[+-])\d{1,3}$/i;
const FORMULA_OF_TEXT = /^="[^"]*"$/;

export function isSpreadsheetNumber(text: string): boolean {
  return EXPONENT.test(text) || FORMULA_OF_TEXT.test(text);
}

/** Whether a text may be one of these, or digits: most cells begin with a letter. */
export function beginsLikeNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  return (first >= 0x30 && first <= 0x39) || first === 0x3d || first === 0x2b || first === 0x2d;
}

/** A cell of digits alone. */
export interface Digits {
  column: number;
  length: number;
  /** Whether zeros fill it up. */
  isPadded: boolean;
}

/** Longer numbers fill no column with zeros. */
const MOST_DIGITS = 20;

export function digitsOf(text: string, column: number): Digits | undefined {
  const { length } = text;
  if (length > MOST_DIGITS || !/^\d+$/.test(text)) return undefined;
  return { column, length, isPadded: length > 1 && text.startsWith('0') };
}

/**
 * Finds a column's cells that may have lost their zeros: they are shorter than one that has kept its own. Where none has,
 * nothing tells.
 */
export class LostZeros {
  private longestPadded = 0;
  /** The other cells, by their length. */
  private readonly others: Partial<Record<string, CodeCount>> = {};

  add({ length, isPadded }: Digits, line: number): void {
    if (!isPadded) countCode(this.others, String(length), line);
    else if (length > this.longestPadded) this.longestPadded = length;
  }

  /** Undefined where there are none. */
  found(): CodeCount | undefined {
    let sum: { shorter?: CodeCount } = {};
    for (const [length, shorter] of Object.entries(this.others)) {
      if (Number(length) < this.longestPadded) sum = addCodes(sum, { shorter });
    }
    return sum.shorter;
  }
}
