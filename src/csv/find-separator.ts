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

/** What the caller knows of the names in a header. */
export interface NameHints {
  /** Whether a name means something to an import. */
  isKnown: (name: string) => boolean;
  /** Whether messages go to whoever has the file before them, and to nobody else. */
  showsNames?: boolean | undefined;
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
  { line, isKnown, showsNames }: { line: number } & NameHints,
): Separator {
  const readings = Object.values(SEPARATORS).flatMap((separator) => {
    const cells = readable(() => read(separator));
    return cells && cells.length > 1 ? [{ separator, cells }] : [];
  });
  if (readings.length === 0) return ',';
  const known = readings.filter(({ cells }) => cells.some((cell) => isKnown(cell)));
  const [only, another] = known.length > 0 ? known : readings;
  if (!another) return only!.separator;
  const isShown = (name: string) => isKnown(name) || (showsNames === true && looksLikeName(name));
  const shown = readings.map((reading) => describeReading(reading, isShown)).join('; ');
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

function looksLikeName(text: string): boolean {
  return /^[A-Za-z_][\w .,;|-]{0,63}$/.test(text);
}

/** A line that nobody knows a name of may be a row. */
function describeReading(
  { separator, cells }: Reading,
  isShown: (name: string) => boolean,
): string {
  const names = cells.slice(0, MOST_SHOWN).map((cell, i) => {
    const name = cell.trim();
    return isShown(name) ? `"${name}"` : `column ${i + 1}`;
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
