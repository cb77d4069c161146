/** The shape of report.json: what happened, in counts, codes and lines. It holds no value of any row. */
import type { FileProblem } from '../contract/codes.js';
import type { CodeCount } from '../contract/findings.js';
import type { RunRef } from '../contract/ids.js';
import type { ImportInput } from '../contract/input.js';
import type { Outcome } from '../contract/outcomes.js';

/** How a run came to its end. */
export type Ending = 'done' | 'dry-run' | 'validation-failed' | 'failed' | 'cancelled';

export interface Report {
  run: RunRef;
  ending: Ending;
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string;
  /** The import's input, defaults filled in. */
  settings: ImportInput;
  rows: Record<Outcome | 'total', number>;
  /** How the mails stand at the end: `due` are those that a later import would send. */
  invitations: {
    due: number;
    sent: number;
    failed: number;
    /** Failed ones by the mail server's status, or a word in its place. */
    failures: Record<string, CodeCount>;
  };
  /** Rows by code, of validation and of Kratos's answers. */
  errors: Record<string, CodeCount>;
  /** Set when the file as a whole could not be imported. */
  fileError?: FileProblem;
  /** Valid rows by role. */
  roles: Record<string, number>;
  /** Users who exist and got another role, or in a live dry run would get one. */
  roleChanges: RoleChange[];
  warnings: string[];
  /** Which of the files for people the run has left. */
  files: string[];
}

export interface RoleChange extends CodeCount {
  /** `(none)` when they had none, `(other)` when it is none of the import's roles. */
  from: string;
  to: string;
}
