import type { Line } from './terminal.js';

/** Prints one line for the person at the terminal. */
export type Print = (line: Line) => void;

/** Who reads a command's output: a person, a program (`--json`), or nobody (`--quiet`). */
export type Reader = 'person' | 'program' | 'nobody';

/** What main hands to each command. */
export interface CommandContext {
  /** Silent under `--json` and `--quiet`. A command that tells something gives it to `printJson` as well. */
  print: Print;
  /** Writes only under `--json`: one document a command; `watch` writes one a line. */
  printJson: (document: unknown) => void;
  /** Known once the arguments are parsed. */
  readonly reader: Reader;
  /** Sets the exit status of the program. */
  exitWith: (status: number) => void;
}
