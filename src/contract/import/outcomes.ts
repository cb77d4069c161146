/** The outcomes that a row can have, and the counters that add the rows up. */
import type { ImportCode, LeftAloneCode, RowCode, SourceCode } from '../codes.js';
import { addCodes, countCode, type CodeCount } from '../findings.js';
import { sampleOf, type ChangedRow } from './changed-rows.js';
import { addEffects, countEffects, type EffectCounts, type Effects } from './effects.js';

/** The outcomes that a chunk can give its rows. */
const COUNTED = [
  'created',
  'updated',
  'unchanged',
  'skipped',
  'left_alone',
  'would_create',
  'would_update',
  'would_skip',
  'deactivated',
  'deleted',
  'missing',
  'would_deactivate',
  'would_delete',
  'failed',
  'invalid',
] as const;
type Counted = (typeof COUNTED)[number];

export const OUTCOMES = [...COUNTED, 'undecided', 'unprocessed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The state of the mail that invites a created user to set a password. */
export type InvitationState = 'none' | 'due' | 'sent' | 'failed';

/** One field of an identity that the import changed. */
export interface Change {
  /** JSON pointer (RFC 6901) within the identity: `/traits/role`. */
  path: string;
  /** What was there; absent when nothing was. */
  before?: unknown;
  /** What is there now; absent from a change that removed the value, or whose values were purged. */
  after?: unknown;
  removed?: true;
  /** The outermost object that had to be made on the way to it; `was` where null stood in its place. */
  made?: { path: string; was?: null };
}

/** A placeholder that the run replaced by the hash of a password. */
export interface PasswordSet {
  /** The placeholder, which matches no password. */
  was: string;
  /** Of the hash that took its place: an undo tells by it whether that is still there. */
  digest: string;
}

/** Where an identity has it, as audit events name it. */
export const PASSWORD_PATH = '/credentials/password';

/** What a user was when the run had created them, as digests: an undo can tell whether that has changed. */
export interface AfterImage {
  /** Of all that the identity says, but for credentials and the import's own mark. */
  content: string;
  /**
   * Of the hash of the password; absent where the row gave none, since the hash sent in its place is known by its
   * form.
   */
  password?: string;
  /** Of each address that was imported as verified. */
  verified?: string[];
  /** Of each account elsewhere that came with the import. */
  signIns?: string[];
  /** The types of the other credentials that did, such as `totp`. */
  others?: string[];
}

/**
 * Leavers have no line in the file. Where something is kept by line they have these, which no file has: the first one
 * has this, the next the next one. They are shown nowhere.
 */
export const LEAVER_LINE = 1_000_000_000;

export function isLeaverLine(line: number): boolean {
  return line >= LEAVER_LINE;
}

/** @returns undefined of a leaver */
export function shownLine(line: number): number | undefined {
  return isLeaverLine(line) ? undefined : line;
}

/** One row's outcome as it is kept with its chunk and as it becomes a line of results.csv. */
export interface RowOutcome {
  line: number;
  /** Empty where the row has none. */
  email: string;
  /** What a user without an address is known by. */
  identifier?: string;
  /** The user's id in the product they come from, where the file has it. */
  oldId?: string | undefined;
  outcome: Outcome;
  identityId?: string;
  codes?: (RowCode | ImportCode | LeftAloneCode | SourceCode)[];
  /** Why, in words. Goes into rejects.csv only. */
  reason?: string;
  invitation: InvitationState;
  /** What was changed, or in a live dry run would be. */
  changes?: Change[];
  /** Of an updated user who has got their password by the row. */
  password?: PasswordSet | undefined;
  /** Of a created user. */
  after?: AfterImage;
  /** What the changes mean; absent where they mean nothing more than other values. */
  effects?: Effects;
  /** The row's own text, kept for rejects.csv when Kratos refused it. */
  raw?: string;
}

/** Rows by what they came to. */
export interface ChunkCounts extends Record<Counted, number> {
  /** How many of them are due an invitation. */
  due: number;
}

export const NO_COUNTS = Object.freeze(
  Object.fromEntries([...COUNTED, 'due'].map((name) => [name, 0])) as unknown as ChunkCounts,
);

export function addCounts(a: ChunkCounts, b: ChunkCounts): ChunkCounts {
  const names = Object.keys(NO_COUNTS) as (keyof ChunkCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, a[name] + b[name]]),
  ) as unknown as ChunkCounts;
}

/** What chunks came to: all that the history of a workflow holds of their rows. */
export interface ChunkResult {
  counts: ChunkCounts;
  errors: ImportErrors;
  /** What the updates mean, or would mean; absent where they mean nothing more than other values. */
  effects?: EffectCounts | undefined;
  /** Some of the rows whose user was updated, or would be. */
  sample?: ChangedRow[] | undefined;
}

export const NO_RESULT: Readonly<ChunkResult> = { counts: NO_COUNTS, errors: {} };

/** What both came to. */
export function addResults(one: ChunkResult, other: ChunkResult): ChunkResult {
  const sample = [...(one.sample ?? []), ...(other.sample ?? [])];
  return {
    counts: addCounts(one.counts, other.counts),
    errors: addCodes(one.errors, other.errors),
    effects: addEffects(one.effects, other.effects),
    ...(sample.length > 0 && { sample: sampleOf(sample) }),
  };
}

/** Failed rows by code. */
export type ImportErrors = Partial<Record<ImportCode, CodeCount>>;

/**
 * Codes and effects are those of rows of the file; a leaver is counted alone.
 * @param sample some of the rows that change their user
 */
export function summarize(outcomes: RowOutcome[], sample: ChangedRow[] = []): ChunkResult {
  const rows = outcomes.filter(({ line }) => !isLeaverLine(line));
  const errors: ImportErrors = {};
  for (const { outcome, codes = [], line } of rows) {
    if (outcome === 'failed') for (const code of codes) countCode(errors, code as ImportCode, line);
  }
  const effects = countEffects(rows);
  return {
    counts: countOutcomes(outcomes),
    errors,
    ...(effects && { effects }),
    ...(sample.length > 0 && { sample }),
  };
}

function countOutcomes(outcomes: RowOutcome[]): ChunkCounts {
  const counts = { ...NO_COUNTS };
  for (const { outcome, invitation } of outcomes) {
    if (outcome in counts) counts[outcome as Counted]++;
    if (invitation === 'due') counts.due++;
  }
  return counts;
}

/** How many rows were counted. */
export function rowsIn(counts: ChunkCounts): number {
  return COUNTED.reduce((sum, name) => sum + counts[name], 0);
}

/** Rows that were valid: all that Kratos was asked about. */
export function processedIn(counts: ChunkCounts): number {
  return rowsIn(counts) - counts.invalid;
}

/** Rows of a whole run for which somebody may have something to do. */
export function openIn({
  failed,
  invalid,
  undecided,
  left_alone,
}: Record<Outcome, number>): number {
  return failed + invalid + undecided + left_alone;
}
