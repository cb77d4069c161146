/** The shape of report.json: what happened, in counts, codes and lines. It holds no value of any row. */
import type { FileProblem } from './codes.js';
import type { CodeCount } from './findings.js';
import type { RunRef } from './ids.js';
import type { ImportInput } from './import/input.js';
import type { Outcome } from './import/outcomes.js';

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
  /** What the admin and the import itself switched, in order of time. */
  timeline: TimelineEntry[];
  /** How many older entries of the timeline there was no room for. */
  timelineLeftOut?: number;
  /** How rows and mails went on, for charts: few points, whatever the size of the import. */
  history: History;
  /** Only of a retry: the run whose rejected rows it imported. */
  retryOf?: RunRef;
  /** Only of a retry: the runs before it, from the first file on. */
  attempts?: RetryAttempt[];
  /** Only of a retry: what all rounds have come to, this one included. */
  combined?: CombinedRows;
  /** What an undo has taken back since. */
  undone?: Undone;
  /** When the run's personal data was removed (ISO 8601). */
  purgedAt?: string;
  /** Which of the files for people the run has left. */
  files: string[];
}

/** Plain JSON: the workflow carries it through continue-as-new as it is. */
export interface Timeline {
  /** The latest, in order of time. */
  entries: TimelineEntry[];
  /** How many older ones there is no room for. */
  leftOut: number;
}

/** A pause, a resume, an approval, another mode or rate. It holds no value of any row. */
export interface TimelineEntry {
  /** ISO 8601. */
  at: string;
  /** Who or what did it: a person who gave a command, or the import by itself. */
  by: 'operator' | 'import';
  /** A sentence, as the notices say it. */
  text: string;
}

export interface RoleChange extends CodeCount {
  /** `(none)` when they had none, `(other)` when it is none of the import's roles. */
  from: string;
  to: string;
}

/** What had been done at some time, in all; times are ISO 8601. */
export interface History {
  rows: { at: string; done: number }[];
  mails: { at: string; sent: number; failed: number }[];
}

/** An earlier run of the same rows. */
export interface RetryAttempt extends Pick<
  Report,
  'run' | 'ending' | 'startedAt' | 'finishedAt' | 'rows'
> {
  file: string;
  actor: string;
}

/**
 * The first file's rows by what they have come to after several rounds: a rejected row counts under what the next round has made
 * of it. All outcomes and `dropped` add up to `total`.
 */
export type CombinedRows = Report['rows'] & {
  /** Rejected rows that are not in the file of the round after. */
  dropped: number;
  /** Rows of later rounds that nobody had rejected before; part of the total. */
  added: number;
};

/** The end of the last undo of this run, earlier ones included in its counts. */
interface Undone {
  /** ISO 8601. */
  at: string;
  actor: string;
  /** Workflow id of the undo. */
  workflowId: string;
  /** Whether it also took back what is in use. */
  forced: boolean;
  /** Users that this run had created. */
  deleted: number;
  /** Users whose fields are as they were before this run updated them. */
  restored: number;
  /** Users who were left as they are, by reason. */
  kept: Partial<Record<string, CodeCount>>;
  /** Users whom somebody else had deleted already. */
  already_deleted: number;
  /** Users to whom a mail had gone out, which cannot be taken back. */
  mailed: number;
}
