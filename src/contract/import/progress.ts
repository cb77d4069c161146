/** What the operator sees of a running import: the answer of the query `progress`. */
import type { TenantCounts } from '../findings.js';
import type { ChangedRow } from './changed-rows.js';
import type { RoleCount } from './effects.js';
import type { Mode } from './input.js';
import type { ChunkCounts } from './outcomes.js';
import type { ImportPhase } from '../status.js';

export const PROGRESS_QUERY = 'progress';

/** What validation found, shown before anything is created. */
interface PlanSummary {
  /** SHA-256 of the whole file; absent until it is validated. */
  sha256?: string;
  /** How the file was read: separator, encoding, header; absent until it is validated. */
  csv?: string;
  /** Valid rows by role; rows without one under `(none)`. */
  roles: Record<string, number>;
  /** Valid rows by tenant; absent where no column is that of tenants, and until the file is validated. */
  tenants?: TenantCounts;
  warnings: string[];
  /** What would become of existing users, as far as it is known; only in update mode. */
  updates?: string;
  /** Users who would get another role, as far as it is known; only in update mode. */
  roleChanges?: RoleCount[];
  /** Some of the rows that would change their user, as far as it is known; only in update mode. */
  sample?: ChangedRow[];
}

type RowCounts = Omit<ChunkCounts, 'due' | 'missing' | LiveOutcome>;
type LiveOutcome =
  'would_create' | 'would_update' | 'would_skip' | 'would_deactivate' | 'would_delete';

/** The users of a source, who are no rows. */
export interface SourceProgress {
  name: string;
  /** Its users who could sign in before this run. */
  scope: number;
  /** Of them, those whose row says that they are to be deactivated or deleted. */
  told: number;
  /** Those who are not in the file. */
  leavers: {
    total: number;
    done: number;
    deactivated: number;
    deleted: number;
    /** In the lists alone. */
    reported: number;
    left_alone: number;
    failed: number;
  };
  /** Users of rows who are of no source. */
  adoptable: number;
  /** Rows that are unchanged in file and Kratos. */
  settled: number;
  /** The file is that of the source's last run: nothing is to be done. */
  unchanged?: true;
}

export interface Progress {
  phase: ImportPhase;
  /** No new chunk or mail starts until `resume`; the notices say why. */
  paused: boolean;
  /** It was cancelled: what is in flight finishes, then the report is written. */
  cancelling: boolean;
  /** What happens to rows whose user exists, from the next chunk on. */
  mode: Mode;
  /** Chunks in flight at most, as the operator wants it. */
  concurrency: number;
  /** `invalid` as validation counted them; the others as chunks finish. Live dry runs also count what would happen. */
  rows: RowCounts & Partial<Record<LiveOutcome, number>> & { total: number; done: number };
  /** `allowed` is below `concurrency` while Kratos asks for less. */
  chunks: { total: number; done: number; inFlight: number; allowed: number };
  /** Rows a second over the last minute; null until a chunk has finished, and while nothing moves. */
  ratePerSecond: number | null;
  /** Seconds to the end of the rows, or of the mails, at their rate; null while it is unknown. */
  etaSeconds: number | null;
  invitations: {
    /** Users to invite, as chunks finish; `sent` and `failed` are part of it. */
    due: number;
    sent: number;
    /** Refused by the mail server for good, or given up. */
    failed: number;
    /** Mails a minute at most. */
    perMinute: number;
    /** The invitations wait for `releaseInvitations`. */
    held: boolean;
  };
  plan: PlanSummary;
  /** Users who got another role so far, or in a live dry run would get one. */
  roleChanges: RoleCount[];
  /** What else the updates so far mean, or in a live dry run would: blocks, addresses and identifiers, counted. */
  changes: string[];
  /** Some of the rows that have changed their user so far, or in a live dry run would. */
  sample: ChangedRow[];
  /** What came of the sign-ins of known users, while the canary rows wait for approval. */
  knownUsers?: string;
  /** Of the source; absent without one, and until the file is validated. */
  source?: SourceProgress;
  notices: Notice[];
}

/** Something that the operator should know, with the time at which it happened. */
export interface Notice {
  /** ISO 8601. */
  at: string;
  text: string;
}
