/** Which separator a file has, where it is not told: found on its header line, never guessed from its rows. */
import { nameOfSeparator, SEPARATORS, type Separator } from '../contract/dialect.js';
import { tellCsv } from '../contract/import/csv-settings.js';
import { FileError } from './file-error.js';

/**
 * The separator that a first line `sep=;` names, as Excel reads and writes it.
 * @throws FileError `unclear_separator` for one that no file may have
 */
export function separatorLine(text: string): Separator | undefined {
  const named = /^"?sep=(?<separator>[^\w\s"]|\t)"?$/i.exec(text)?.groups?.['separator'];
  if (named === undefined) return undefined;
  const separator = Object.values(SEPARATORS).find((known) => known === named);
  if (separator) return separator;
  throw unclear(
    1,
    `line 1 says sep=${named}, and the separators are comma, semicolon, tab and pipe`,
  );
}

interface Reading {
  separator: Separator;
  cells: string[];
}

/**
 * The separator by which a header is read: the only one that cuts it into several cells, or of several the only one
 * that gives a name that an import knows.
 * @param read the header's cells by a separator
 * @throws FileError `unclear_separator` with the readings; `malformed_quotes` where there is none
 */
export function findSeparator(
  read: (separator: Separator) => string[],
  { line, isKnown }: { line: number; isKnown: (name: string) => boolean },
): Separator {
  const readings = Object.values(SEPARATORS).flatMap((separator) => {
    const cells = readable(() => read(separator));
    return cells && cells.length > 1 ? [{ separator, cells }] : [];
  });
  if (readings.length === 0) return ',';
  const known = readings.filter(({ cells }) => cells.some((cell) => isKnown(cell)));
  const [only, another] = known.length > 0 ? known : readings;
  if (!another) return only!.separator;
  const shown = readings.map(describeReading).join('; ');
  throw unclear(
    line,
    `line ${line} can be read in ${readings.length} ways: ${shown}. Tell the one that is right, for example with ${tellCsv('separator', nameOfSeparator(only!.separator))}`,
  );
}

/** Undefined where quotes are in the wrong place for it. */
function readable(read: () => string[]): string[] | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError && error.problem.code === 'malformed_quotes') return undefined;
    throw error;
  }
}

const MOST_SHOWN = 6;

/** A header without quotes around its names may be a row: only what looks like a name is shown. */
function describeReading({ separator, cells }: Reading): string {
  const names = cells.slice(0, MOST_SHOWN).map((cell, i) => {
    const name = cell.trim();
    return /^[A-Za-z_][\w .,;|-]{0,63}$/.test(name) ? `"${name}"` : `column ${i + 1}`;
  });
  const more = cells.length > MOST_SHOWN ? ', …' : '';
  return `${nameOfSeparator(separator)}: ${names.join(', ')}${more}`;
}

function unclear(line: number, why: string): FileError {
  return new FileError({
    code: 'unclear_separator',
    line,
    message: `unclear_separator: ${why}.`,
  });
}
