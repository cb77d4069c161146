/** The shape of report.json: what happened, in counts, codes and lines. It holds no value of any row. */
import type { FileProblem, LeftAloneCode, SourceCode } from './codes.js';
import type { CsvFacts } from './dialect.js';
import type { CodeCount, TenantCounts, WrongColumn } from './findings.js';
import type { RunRef } from './ids.js';
import type { ImportInput } from './import/input.js';
import type { ChangedRow } from './import/changed-rows.js';
import type { EffectCounts, RoleChange } from './import/effects.js';
import type { Outcome } from './import/outcomes.js';

/**
 * The end of a run. `unchanged`: its file is that of the source's last run. One that was `terminated` or has
 * `timed-out` could not write its report: where it has one, a command has made it afterwards.
 */
export type Ending =
  | 'done'
  | 'unchanged'
  | 'dry-run'
  | 'validation-failed'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed-out';

export interface Report {
  run: RunRef;
  ending: Ending;
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string;
  /** The import's input, defaults filled in. */
  settings: ImportInput;
  /** SHA-256 of the imported file; absent when it was not read to its end. */
  sha256?: string | undefined;
  /** How the file was read; absent when it was not read to its end. */
  csv?: CsvFacts | undefined;
  rows: Record<Outcome | 'total', number>;
  /** The mails at the end of the run; a later import of the file would send those that are `due`. */
  invitations: {
    due: number;
    sent: number;
    failed: number;
    /** Failed ones by the mail server's status, or a word in its place. */
    failures: Record<string, CodeCount>;
  };
  /** Rows by code: validation's codes, and those of Kratos's answers. */
  errors: Record<string, CodeCount>;
  /** Columns that take a few values, and hold others in rejected rows; absent where there are none. */
  wrongColumns?: WrongColumn[] | undefined;
  /** Set when the file as a whole could not be imported. */
  fileError?: FileProblem | undefined;
  /** Why the run failed, where that is not the file: a sentence or two, without values of rows. */
  failure?: string | undefined;
  /** Valid rows by role. */
  roles: Record<string, number>;
  /** Valid rows by tenant; absent where no column is that of tenants. */
  tenants?: TenantCounts | undefined;
  /** Users who exist and got another role, or in a live dry run would get one. */
  roleChanges: RoleChange[];
  /** The other changes of existing users that matter, by kind. */
  otherChanges: EffectCounts['kinds'];
  /** Some of the rows whose users were updated, or in a live dry run would be; absent where there are none. */
  sample?: ChangedRow[] | undefined;
  /** Rows whose existing users an update left alone, by the code that says why. */
  leftAlone: Partial<Record<LeftAloneCode, CodeCount>>;
  /** Rows of a source by what is worth knowing of them; absent where there are none. */
  notes?: Partial<Record<SourceCode, CodeCount>> | undefined;
  /** Users of the source who are not in the file, by what became of them; absent where it was not asked for. */
  leavers?: Record<LeaverOutcome, number> | undefined;
  /** This run beside the last one of its source; absent without a source. */
  comparison?: Comparison | undefined;
  /** The last runs of the source, this one last; absent without a source. */
  trend?: Trend[] | undefined;
  /** The run whose file it was again, of one that is `unchanged`. */
  unchangedSince?: RunRef | undefined;
  warnings: string[];
  /** Changes by the operator and by the import itself, in order of time. */
  timeline: TimelineEntry[];
  /** The number of older entries that the timeline had no room for. */
  timelineLeftOut?: number | undefined;
  /** The progress of rows and mails over time, for charts: few points, whatever the size of the import. */
  history: History;
  /** Only of a retry: the run whose rejected rows it imported. */
  retryOf?: RunRef | undefined;
  /**
   * The earlier runs of the same rows, oldest first: of the same file under the same workflow id, the retries of what
   * they had rejected, and of a retry the runs that it corrects. Absent where there are none.
   */
  attempts?: Attempt[];
  /** The sum of all attempts, this run included; absent where there is no other. */
  combined?: CombinedRows;
  /**
   * Earlier runs under the same workflow id that have changed users by another file, oldest first. They are not part of
   * the sum. Absent where there are none.
   */
  otherFiles?: Attempt[];
  /** Set once the run was undone. */
  undone?: Undone;
  /** Where Temporal's UI shows the run; absent where the worker does not know the UI. */
  temporalUrl?: string | undefined;
  /** When the run's personal data was removed (ISO 8601). */
  purgedAt?: string;
  /** The names of the files that the run has left for people. */
  files: string[];
}

/** What can become of a user of a source who is not in its file. */
export type LeaverOutcome =
  | Extract<Outcome, 'deactivated' | 'deleted' | 'missing' | 'would_deactivate' | 'would_delete'>
  | Extract<
      Outcome,
      'unchanged' | 'skipped' | 'left_alone' | 'failed' | 'undecided' | 'unprocessed'
    >;

/** What a run of a source has changed, in users. */
export interface NightCounts {
  /** Created. */
  new: number;
  /** Updated, without those who returned. */
  changed: number;
  unchanged: number;
  /** Deactivated or deleted, or only reported, as missing or by their row. */
  left: number;
  returned: number;
  /** Who had been changed by hand, whether that was kept or overwritten. */
  drifted: number;
  adopted: number;
  failed: number;
}

export interface Comparison extends NightCounts {
  source: string;
  /** Users of the source who can sign in, after the run. */
  scope: number;
  /** The last finished run of the source before; absent where this is the first. */
  last?: { run: RunRef; startedAt: string; counts: NightCounts; rows: number } | undefined;
}

/** One run of a source, for the trend. */
export interface Trend {
  /** ISO 8601. */
  startedAt: string;
  rows: number;
  scope: number;
  counts: NightCounts;
}

/** Plain JSON: the workflow carries it through continue-as-new as it is. */
export interface Timeline {
  /** The latest, in order of time. */
  entries: TimelineEntry[];
  /** The number of older entries that there is no room for. */
  leftOut: number;
}

/** A pause, a resume, an approval, another mode or rate. It holds no value of any row. */
export interface TimelineEntry {
  /** ISO 8601. */
  at: string;
  /** An operator's command, or the import itself. */
  by: 'operator' | 'import';
  /** A sentence, as in the notices. */
  text: string;
}

/** Totals at points of time (ISO 8601). */
export interface History {
  rows: { at: string; done: number }[];
  mails: { at: string; sent: number; failed: number }[];
}

/** An earlier run, as a later report has it. */
export interface Attempt extends Pick<Report, 'run' | 'startedAt' | 'rows' | 'leavers'> {
  /** Absent where the run has left no report: it was terminated, or has timed out. */
  ending?: Ending;
  finishedAt?: string;
  file: string;
  /** SHA-256 of the file; absent where it was not read to its end. */
  sha256?: string | undefined;
  actor: string;
  /** The mails of this run alone. */
  invitations: MailCounts;
  /** Set where the run had been undone when the report was written. */
  undone?: Undone | undefined;
}

/** Mails to created users by what became of them. */
export type MailCounts = Pick<Report['invitations'], 'due' | 'sent' | 'failed'>;

/**
 * The first file's rows by what came of them in all attempts, each row once. All outcomes and `dropped` add up to
 * `total`.
 *
 * - A row that a run has created or updated counts as that, whatever later runs found: they skip it. Where that run was
 *   undone, the row counts by what came of it since; as `unprocessed` where nothing did.
 * - Any other row counts by the last run that has reached it.
 * - A rejected row counts under its outcome in the retry.
 */
export type CombinedRows = Report['rows'] & {
  /** Rejected rows that the next attempt's file does not have. */
  dropped: number;
  /** Rows of later attempts that no attempt had rejected before; part of the total. */
  added: number;
  invitations: MailCounts;
};

/** The end of the last undo of this run, earlier ones included in its counts. */
export interface Undone {
  /** ISO 8601. */
  at: string;
  actor: string;
  /** Workflow id of the undo. */
  workflowId: string;
  /** Whether users in use were undone as well. */
  forced: boolean;
  /** Users that this run had created. */
  deleted: number;
  /** Users whose fields were put back to their values before this run's update. */
  restored: number;
  /** Users left as they are, by reason. */
  kept: Partial<Record<string, CodeCount>>;
  /** Users who had been deleted before the undo. */
  already_deleted: number;
  /** Users to whom an invitation had gone out, which cannot be taken back. */
  mailed: number;
  /** Users whom the undo did not come to: it was cancelled. */
  not_reached: number;
}
