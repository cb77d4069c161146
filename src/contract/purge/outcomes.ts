/** What a purge can come to. */
import type { RunRef } from '../ids.js';

/**
 * What became of the copy of the file that was imported.
 *
 *   removed   the command had put it into the import root, and it is gone
 *   gone      it was not there any more
 *   in_use    another run that has not ended reads the same copy
 *   yours     the operator put it into the import root: it is theirs to remove
 */
export type SourceOutcome = 'removed' | 'gone' | 'in_use' | 'yours';

/** What a purge has made of one run. It holds no value of any row. */
export interface Purged {
  run: RunRef;
  /** Files that were removed, and files that were written anew without personal data. */
  removed: number;
  reduced: number;
  /** The file that was imported, by its path below the import root; absent when the run never came to read it. */
  source?: { file: string; outcome: SourceOutcome } | undefined;
  /** Names of the files for people that are left. */
  kept: string[];
  /** Why versions of what was removed may be left in the store, in words for the operator; absent when none are. */
  versionsLeft?: string | undefined;
}

/** A run that holds rows of the same file: a retry, what was retried, or another import of it under the same id. */
export interface OtherRun {
  run: RunRef;
  /** What it imported, by its path below the import root; absent when that is not known. */
  file?: string | undefined;
}

export interface PurgeSummary {
  /** The runs of the id that was named, the newest first, or the one run that was. */
  purged?: Purged[];
  /** The other runs of their rows, where `allAttempts` asked for them. */
  others?: Purged[];
  /** The other runs of their rows that still hold them. */
  left?: OtherRun[];
  /** How many in all. */
  runs: { purged: number; spared: number };
}
