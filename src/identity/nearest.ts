/** What somebody most likely meant by a name or a value that is not known. */
import { sameForPeople } from './email.js';

/** Longer texts are compared as a whole only: letter by letter takes time by the square. */
const MOST_LETTERS = 64;

/** Without what people write in one way or another: `First-Name`, `first_name` and `firstName` are one. */
function lettersOf(text: string): string {
  return sameForPeople(text).replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** What is known, and what may be written for each. */
type Spellings<Known> = (known: Known) => readonly string[];

/**
 * The one that is meant: the same letters, else the only one that differs by a typing error or two.
 * @returns undefined when there is none, or several
 */
export function nearest<Known>(
  text: string,
  known: readonly Known[],
  spellings: Spellings<Known>,
): Known | undefined {
  const same = ofSameLetters(text, known, spellings);
  if (same.length > 0) return onlyOne(same);
  const letters = lettersOf(text);
  const errors = letters.length < 3 ? 0 : letters.length < 9 ? 1 : 2;
  const near = known.map((one) => ({
    one,
    away: Math.min(
      ...spellings(one).map((other) => distance(letters, lettersOf(other), errors)),
      Infinity,
    ),
  }));
  const least = Math.min(...near.map(({ away }) => away));
  if (least > errors) return undefined;
  return onlyOne(near.filter(({ away }) => away === least))?.one;
}

/** The one that is written with the same letters, whatever is between them. */
export function sameLetters<Known>(
  text: string,
  known: readonly Known[],
  spellings: Spellings<Known>,
): Known | undefined {
  return onlyOne(ofSameLetters(text, known, spellings));
}

function ofSameLetters<Known>(
  text: string,
  known: readonly Known[],
  spellings: Spellings<Known>,
): Known[] {
  const letters = lettersOf(text);
  if (letters === '') return [];
  return known.filter((one) => spellings(one).some((other) => lettersOf(other) === letters));
}

function onlyOne<Known>(all: Known[]): Known | undefined {
  return all.length === 1 ? all[0] : undefined;
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
  if (a.length > MOST_LETTERS || Math.abs(a.length - b.length) > most) return Infinity;
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
