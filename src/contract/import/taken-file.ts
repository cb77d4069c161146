import type { RunRef } from '../ids.js';

/** The file of a run, as it was when the run began. Plain JSON: the workflow carries it through continue-as-new as it is. */
export interface TakenFile {
  /** Path below the import root. */
  file: string;
  /** Of its bytes, packed or not, in hexadecimal. */
  sha256: string;
  /** The run that has imported this very file in the same way: there is nothing to do. */
  unchanged?: RunRef | undefined;
  /** The last finished run of the source; absent where there is none, and without a source. */
  last?: LastRun | undefined;
}

/** What a run of a source is compared with before it begins. */
export interface LastRun {
  run: RunRef;
  /** Of its file. */
  rows: number;
  /** Those of them that were left open: failed, invalid, undecided or left alone. */
  open: number;
  /** ISO 8601. */
  startedAt: string;
}
