/** The key `csv` of the input: what an admin tells of the way in which the file is written. */
import { z } from 'zod';
import { plainText } from '../plain-text.js';

const MAX_LITERALS = 50;

export function csvSchema() {
  const literal = z.string().trim().pipe(plainText(64));
  return z
    .strictObject({
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
    .describe('an object of nothing and clear, which are not the same');
}
