/** Values that are nearly as a format wants them: where two programs read it differently, they disagree on such. */
import type { Chance } from './chance.js';
import { FORMAT_VALUES } from './schema-cases.js';

/** Numbers of phones are left out: which of them are assigned depends on the age of Kratos. */
const FORMATS = Object.keys(FORMAT_VALUES).filter((format) => format !== 'tel');

const PIECES =
  '|.|..|-|+|:|::|/|//|#|?|%|%41|%e4|@|"|\\|[|]|{|}|(|)|~|~0|~1|0|00|9|60|24|31|T|Z|z|t|a|_|é|漢|😀|,|;|\'|<|>|*|^|$|=|&|!| |\t|\u00a0|\u200b|\u0085|٣'.split(
    '|',
  );

export interface MutatedValue {
  format: string;
  value: string;
}

/**
 * Several colons in the host of a web address, and names of classes of characters, are right or wrong by the version of
 * Go that built Kratos.
 */
const BY_VERSION = /^https?:\/\/[^/?#]*:[^/?#]*:|\\p/i;

export function mutatedValues(chance: Chance, count: number): MutatedValue[] {
  const values: MutatedValue[] = [];
  while (values.length < count) {
    const format = chance.pick(FORMATS);
    const value = mutated(chance, format);
    if (!BY_VERSION.test(value)) values.push({ format, value });
  }
  return values;
}

function mutated(chance: Chance, format: string): string {
  const { taken, refused } = FORMAT_VALUES[format]!;
  const seeds = [...taken, ...taken, ...refused];
  let value = Array.from(chance.pick(seeds));
  for (let changes = 1 + chance.below(3); changes > 0; changes--) {
    const other = chance.onceIn(4) ? chance.pick(seeds).slice(0, 8) : chance.pick(PIECES);
    const at = chance.below(value.length + 1);
    value = value.toSpliced(at, chance.below(3), ...Array.from(other));
  }
  return value.join('');
}
