/** What runs of each version have left: their folders, the imported files, and the users in Kratos. */
import { fileURLToPath } from 'node:url';

/** A folder for each version, and in it `imports`, `runs`, `users.json` and `expected.json`. */
export const STORED_RUNS = fileURLToPath(new URL('../stored-runs/', import.meta.url));

/** Workflow ids of the stored runs. */
export const RUNS = {
  /** With created, invited and invalid rows. */
  ended: 'stored-ended',
  /** That has updated a user. */
  updating: 'stored-updating',
  /** That was undone. */
  undone: 'stored-undone',
  /** That was terminated amid a chunk, so that there is no report, and a journal. */
  terminated: 'stored-terminated',
} as const;

/** Counts of a version's runs, as it had them. */
export interface Expected {
  /** Of the ended run. */
  created: number;
  invalid: number;
  /** Users of the terminated run who are in Kratos. */
  left: number;
}

/** An existing user, whose first name an update has changed. */
export const UPDATED = { email: 'old@example.com', before: 'Old', after: 'New' };

/** The mistakes in the ended run's file, with what is right. */
export const MISTAKES: [wrong: string, right: string][] = [
  ['not an address', 'cid@example.com'],
  ['chief', 'admin'],
];
