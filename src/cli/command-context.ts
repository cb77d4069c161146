/** Prints one line for the person at the terminal. */
export type Print = (line: string) => void;

/** What main hands to each command. */
export interface CommandContext {
  print: Print;
  /** Sets the exit status of the program. */
  exitWith: (status: number) => void;
}
