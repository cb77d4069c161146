/** The key `csv` of the input: what an admin tells of the way in which the file is written. */
import { z } from 'zod';
import { ENCODINGS, SEPARATORS, type Separator, type SeparatorName } from '../dialect.js';
import { inputPart } from '../input-part.js';
import { plainText } from '../plain-text.js';

/** As many as a file may have. */
export const MAX_COLUMNS = 1000;
const MAX_LINES_BEFORE = 100;
const MAX_LITERALS = 50;

/** What holds where neither an admin nor a preset says it. */
const CSV_DEFAULTS = {
  linesBeforeHeader: 0,
  shortRows: 'refuse' as const,
  leadingApostrophes: 'refuse' as const,
  escape: 'none' as const,
  nothing: [] as string[],
};

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
        .optional()
        .meta({ default: CSV_DEFAULTS.linesBeforeHeader })
        .describe(`a whole number of lines from 0 to ${MAX_LINES_BEFORE}`),
      headerNames: z
        .array(plainText(255))
        .min(1)
        .max(MAX_COLUMNS)
        .optional()
        .describe('a list of column names, for a file whose first line is a row'),
      shortRows: z
        .enum(['refuse', 'as-empty'])
        .optional()
        .meta({ default: CSV_DEFAULTS.shortRows })
        .describe('"refuse", or "as-empty" to take the cells that a row lacks at its end as empty'),
      leadingApostrophes: z
        .enum(['refuse', 'keep', 'remove'])
        .optional()
        .meta({ default: CSV_DEFAULTS.leadingApostrophes })
        .describe(
          '"refuse" a file whose addresses all begin with an apostrophe, "keep" or "remove" them',
        ),
      escape: z
        .enum(['none', 'backslash'])
        .optional()
        .meta({ default: CSV_DEFAULTS.escape })
        .describe(
          '"none", or "backslash" where one before a separator makes it part of the cell, as in files for Cognito',
        ),
      nothing: z
        .array(literal)
        .max(MAX_LITERALS)
        .optional()
        .meta({ default: CSV_DEFAULTS.nothing })
        .describe('a list of cells that are read as empty, such as ["NULL", "N/A"]'),
      clear: literal
        .optional()
        .describe('the cell that clears the value of an existing user, such as "(clear)"'),
    })
    .refine(({ nothing, clear }) => clear === undefined || !nothing?.includes(clear))
    .prefault({})
    .describe(
      'an object of separator, encoding, linesBeforeHeader, headerNames, shortRows, leadingApostrophes, escape, nothing and clear; the last two are not the same',
    );
}
/** What an admin tells; what is not told is open, so that a preset can say it. */
export type GivenCsv = z.output<ReturnType<typeof csvSchema>>;

export type CsvSettings = GivenCsv & Required<Pick<GivenCsv, keyof typeof CSV_DEFAULTS>>;

/** All settings of a file. What stands in an earlier part comes before what later ones say. */
export function csvSettings(...parts: GivenCsv[]): CsvSettings {
  return Object.assign({ ...CSV_DEFAULTS }, ...parts.toReversed()) as CsvSettings;
}

/** What is told of a file's text is not true of its rejects.csv: UTF-8, with the header above its rows. */
export function ofRejects(csv: GivenCsv): GivenCsv {
  const { separator: _, encoding: __, linesBeforeHeader: ___, headerNames: ____, ...more } = csv;
  return more;
}

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
