/** What somebody most likely meant by a name or a value that is not known. */
import { sameForPeople } from './email.js';

/** More letters than this are compared with nothing: no name has them, and comparing takes time by the square. */
const MOST_LETTERS = 64;

/** Without what people write in one way or another: `First-Name`, `first_name` and `firstName` are one. */
function lettersOf(text: string): string {
  return sameForPeople(text).replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/**
 * The one that is meant: the same letters, else the only one that differs by a typing error or two.
 * @param texts what is known, each with what may be written for it
 * @returns undefined when there is none, or several
 */
export function nearest<Known>(
  text: string,
  known: readonly Known[],
  texts: (known: Known) => readonly string[],
): Known | undefined {
  const letters = lettersOf(text);
  if (letters === '' || letters.length > MOST_LETTERS) return undefined;
  const all = known.map((one) => ({ one, letters: texts(one).map(lettersOf) }));
  const same = all.filter((each) => each.letters.includes(letters));
  if (same.length > 0) return same.length === 1 ? same[0]!.one : undefined;
  const errors = letters.length < 3 ? 0 : letters.length < 8 ? 1 : 2;
  const near = all.map((each) => ({
    one: each.one,
    away: Math.min(...each.letters.map((other) => distance(letters, other, errors))),
  }));
  const least = Math.min(...near.map(({ away }) => away));
  const nearestOnes = near.filter(({ away }) => away === least);
  return least <= errors && nearestOnes.length === 1 ? nearestOnes[0]!.one : undefined;
}

/** Finds the only known text that differs in nothing but case, blanks and what is not seen. */
export function sameTexts(known: readonly string[]): (text: string) => string | undefined {
  let byKey: Map<string, string | undefined> | undefined;
  return (text) => {
    // Made when it is first asked for: there may be thousands of tenants, and no row with a wrong one.
    byKey ??= uniqueBy(sameForPeople, known);
    return byKey.get(sameForPeople(text));
  };
}

function uniqueBy(
  keyOf: (text: string) => string,
  texts: readonly string[],
): Map<string, string | undefined> {
  const unique = new Map<string, string | undefined>();
  for (const text of texts) unique.set(keyOf(text), unique.has(keyOf(text)) ? undefined : text);
  return unique;
}

/**
 * How many letters more, less, other or changed in order make one of the other (restricted edit distance).
 * @param most where it is more, it is infinite
 */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const steps = [old[j]! + 1, row[j - 1]! + 1, old[j - 1]! + (isSame ? 0 : 1)];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        steps.push(older[j - 2]! + 1);
      row.push(Math.min(...steps));
    }
    older = old;
    old = row;
  }
  return old[b.length]! <= most ? old[b.length]! : Infinity;
}
