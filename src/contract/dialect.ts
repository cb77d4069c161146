/** How the text of a file is written: what an admin may tell of it, and what was found. */
import type { PresetName } from './import/preset-names.js';

export const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type SeparatorName = keyof typeof SEPARATORS;
export type Separator = (typeof SEPARATORS)[SeparatorName];

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'latin-1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export function nameOfSeparator(separator: Separator): SeparatorName {
  const names = Object.keys(SEPARATORS) as SeparatorName[];
  return names.find((name) => SEPARATORS[name] === separator)!;
}

/** How a file was read: facts of its run, for everyone who looks at it. */
export interface CsvFacts {
  encoding: Encoding;
  byteOrderMark: boolean;
  /** Whether all of its text is ASCII, which is the same in nearly every encoding. */
  ascii: boolean;
  separator: SeparatorName;
  /** How the separator is known: by the header line, a line `sep=`, or the input's `csv`. */
  separatorFrom: 'header' | 'sep-line' | 'input';
  /** The line of the header; 0 where the input's `headerNames` stand in its place. */
  headerLine: number;
  gzip: boolean;
  /** Whether an apostrophe before a cell is left out. */
  apostrophesRemoved: boolean;
  /** The preset that it was read by, if any. */
  from?: PresetName | undefined;
}

const SEPARATOR_FROM: Record<CsvFacts['separatorFrom'], string> = {
  header: 'as the header has it',
  'sep-line': 'as its line sep= says',
  input: 'as told',
};

/** `separator comma (as the header has it), utf-8 with a byte order mark, header on line 1` */
export function describeCsv(facts: CsvFacts): string {
  const { encoding, byteOrderMark, separator, separatorFrom, headerLine } = facts;
  return [
    `separator ${separator} (${SEPARATOR_FROM[separatorFrom]})`,
    `${encoding}${byteOrderMark ? ' with a byte order mark' : ''}`,
    headerLine === 0 ? 'no header: its names were told' : `header on line ${headerLine}`,
    ...(facts.gzip ? ['unpacked from gzip'] : []),
    ...(facts.from === undefined ? [] : [`by the preset ${facts.from}`]),
    ...(facts.apostrophesRemoved ? ['apostrophes before cells left out'] : []),
  ].join(', ');
}
