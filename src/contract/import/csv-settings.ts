/** The key `csv` of the input: what an admin tells of the way in which the file is written. */
import { z } from 'zod';
import { ENCODINGS, SEPARATORS, type Separator, type SeparatorName } from '../dialect.js';
import { inputPart } from '../input-part.js';
import { plainText } from '../plain-text.js';

/** As many as a file may have. */
export const MAX_COLUMNS = 1000;
const MAX_LINES_BEFORE = 100;
const MAX_LITERALS = 50;

export function csvSchema() {
  const names = Object.keys(SEPARATORS) as SeparatorName[];
  const literal = z.string().trim().pipe(plainText(64));
  return z
    .strictObject({
      separator: z
        .enum([...names, ...Object.values(SEPARATORS)])
        .optional()
        .describe('"comma", "semicolon", "tab" or "pipe", or the character itself'),
      encoding: z
        .enum(ENCODINGS)
        .optional()
        .describe(ENCODINGS.map((name) => `"${name}"`).join(', ')),
      linesBeforeHeader: z
        .int()
        .min(0)
        .max(MAX_LINES_BEFORE)
        .default(0)
        .describe(`a whole number of lines from 0 to ${MAX_LINES_BEFORE}`),
      headerNames: z
        .array(plainText(255))
        .min(1)
        .max(MAX_COLUMNS)
        .optional()
        .describe('a list of column names, for a file whose first line is a row'),
      shortRows: z
        .enum(['refuse', 'as-empty'])
        .default('refuse')
        .describe('"refuse", or "as-empty" to take the cells that a row lacks at its end as empty'),
      leadingApostrophes: z
        .enum(['refuse', 'keep', 'remove'])
        .default('refuse')
        .describe(
          '"refuse" a file whose addresses all begin with an apostrophe, "keep" or "remove" them',
        ),
      nothing: z
        .array(literal)
        .max(MAX_LITERALS)
        .default([])
        .describe('a list of cells that are read as empty, such as ["NULL", "N/A"]'),
      clear: literal
        .optional()
        .describe('the cell that clears the value of an existing user, such as "(clear)"'),
    })
    .refine(({ nothing, clear }) => clear === undefined || !nothing.includes(clear))
    .prefault({})
    .describe(
      'an object of separator, encoding, linesBeforeHeader, headerNames, shortRows, leadingApostrophes, nothing and clear; the last two are not the same',
    );
}
export type CsvSettings = z.output<ReturnType<typeof csvSchema>>;

export function separatorOf(told: NonNullable<CsvSettings['separator']>): Separator {
  return told in SEPARATORS ? SEPARATORS[told as SeparatorName] : (told as Separator);
}

/** A setting as an admin writes it, for errors that name the way out; the command line spells it as an option. */
export function tellCsv<Setting extends keyof CsvSettings>(
  setting: Setting,
  value: CsvSettings[Setting],
): string {
  return inputPart('csv', { [setting]: value });
}
