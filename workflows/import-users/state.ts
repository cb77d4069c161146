/** A running import and what it shows. */
import { setCurrentDetails, type CancellationScope } from '@temporalio/workflow';
import type { Timeline, TimelineEntry } from '../../src/contract/report.js';
import { addCodes, describeCodes, type Findings } from '../../src/contract/findings.js';
import type { RunRef } from '../../src/contract/ids.js';
import type { ImportInput, Mode } from '../../src/contract/import/input.js';
import type { InvitationCounts } from '../../src/contract/invitations.js';
import {
  addCounts,
  NO_COUNTS,
  processedIn,
  rowsIn,
  type ChunkCounts,
  type ChunkResult,
  type ImportErrors,
} from '../../src/contract/import/outcomes.js';
import type { Notice, Phase, Progress } from '../../src/contract/import/progress.js';
import type { StallReport } from '../../src/contract/stall.js';
import { currentLimit, increase, NO_LIMIT, type AimdLimit } from '../../src/flow-control/aimd.js';
import { isTooHigh, type FailureCount } from '../../src/flow-control/failure-rate.js';
import { renderDetails } from '../../src/progress/details.js';
import { addSample, etaSeconds, ratePerSecond, type RateSample } from '../../src/progress/rate.js';
import { addPoint, newSeries, type Series } from '../../src/progress/series.js';
import { addEntry, NO_TIMELINE } from '../../src/progress/timeline.js';

export interface ImportJob {
  run: RunRef;
  input: ImportInput;
  state: ImportState;
  /** Numbers of the chunks in flight. */
  inFlight: Set<number>;
  /** The import's own scope: cancelled when the import is. */
  scope: CancellationScope;
}

/** Who wants no new chunk or mail to start. */
type PauseReason = 'operator' | 'token' | 'failures' | 'invitations';
/** What waits for `approve`. */
export type ApprovalPoint = 'plan' | 'canary';

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface ImportState {
  phase: Phase;
  /** When the first execution started (ISO 8601). */
  startedAt: string;
  findings?: Findings;
  mode: Mode;
  concurrency: number;
  perMinute: number;
  /** Invitations wait for `releaseInvitations`. */
  held: boolean;
  /** How often `resume` was taken. */
  resumes: number;
  /** What the invitations have come to so far. */
  invited: InvitationCounts;
  pausedBy: PauseReason[];
  /** The gate that is open. */
  pendingApproval?: ApprovalPoint;
  approved: ApprovalPoint[];
  /** The audit trail knows that users are created or changed from now on. */
  started?: true;
  counts: ChunkCounts;
  errors: ImportErrors;
  nextChunk: number;
  chunksDone: number;
  /** Chunks that ended without telling what became of their rows. */
  undecidedChunks: number[];
  limit: AimdLimit;
  sinceResume: FailureCount;
  /** Set while Kratos, or something else, is waited for. */
  stall?: StallReport['kind'];
  samples: RateSample[];
  notices: Notice[];
  /** What was switched, for the report. What was carried from before it was kept lacks it, and so do the next two. */
  timeline?: Timeline;
  /** How many rows were done at which time, for the report. */
  rowsHistory?: Series<RateSample>;
  /** The same for the mails. */
  mailsHistory?: Series<MailsSample>;
}

interface MailsSample {
  at: number;
  sent: number;
  failed: number;
}

const MOST_NOTICES = 50;

export function newState(input: ImportInput, startedAt: Date): ImportState {
  return {
    phase: 'preflight',
    startedAt: startedAt.toISOString(),
    mode: input.mode,
    concurrency: input.concurrency,
    perMinute: input.invitations.perMinute,
    held: input.invitations.send === 'hold',
    resumes: 0,
    invited: { sent: 0, failed: 0, none: 0, kept: 0 },
    pausedBy: [],
    approved: [],
    counts: NO_COUNTS,
    errors: {},
    nextChunk: 1,
    chunksDone: 0,
    undecidedChunks: [],
    limit: NO_LIMIT,
    sinceResume: { processed: 0, failed: 0 },
    samples: [],
    notices: [],
  };
}

/** Tells the admin something; what is said again at once is said only once, with its last time. */
export function addNotice(state: Pick<ImportState, 'notices'>, text: string): void {
  const others = state.notices.at(-1)?.text === text ? state.notices.slice(0, -1) : state.notices;
  state.notices = [...others, { at: new Date().toISOString(), text }].slice(-MOST_NOTICES);
}

/** Tells the admin what was switched, or what has begun or ended, and keeps it for the report. */
export function recordEvent(state: ImportState, by: TimelineEntry['by'], text: string): void {
  addNotice(state, text);
  const at = new Date().toISOString();
  state.timeline = addEntry(state.timeline ?? NO_TIMELINE, { at, by, text });
}

/** The rate counts from here on. */
export function startRate(state: ImportState): void {
  state.samples = [rowsNow(state)];
  recordRowsHistory(state);
}

function rowsNow(state: ImportState): RateSample {
  return { at: Date.now(), done: rowsIn(state.counts) };
}

function recordRowsHistory(state: ImportState): void {
  state.rowsHistory = addPoint(state.rowsHistory ?? newSeries(), rowsNow(state));
}

/** The invitations stand so now. */
export function recordMails(state: ImportState, counts: InvitationCounts): void {
  state.invited = counts;
  const { sent, failed } = counts;
  state.mailsHistory = addPoint(state.mailsHistory ?? newSeries(), {
    at: Date.now(),
    sent,
    failed,
  });
}

/** A chunk has told what it came to: what they mean for the pace, and for going on at all. */
export function recordChunk(job: ImportJob, { counts, errors }: ChunkResult): void {
  const { state, input } = job;
  state.counts = addCounts(state.counts, counts);
  state.errors = addCodes(state.errors, errors);
  state.chunksDone++;
  state.samples = addSample(state.samples, rowsNow(state));
  recordRowsHistory(state);
  endStall(state);
  restoreConcurrency(state);

  state.sinceResume = {
    processed: state.sinceResume.processed + processedIn(counts),
    failed: state.sinceResume.failed + counts.failed,
  };
  const { processed, failed } = state.sinceResume;
  const goesOn = state.nextChunk <= state.findings!.chunks || invitesAnyone(job);
  const halts = goesOn && isTooHigh(state.sinceResume, input.haltAboveFailureRate);
  if (halts && pause(state, 'failures')) {
    recordEvent(
      state,
      'import',
      `Paused by itself: ${failed} of ${processed} rows failed, more than haltAboveFailureRate (${input.haltAboveFailureRate}) allows. ${describeCodes(state.errors).join('; ')}. Resume to go on, or cancel.`,
    );
  }
}

/** Whether mails go out once the rows are done. */
export function invitesAnyone({ input, state }: ImportJob): boolean {
  return input.dryRun === false && input.invitations.send !== 'never' && state.counts.due > 0;
}

function restoreConcurrency(state: ImportState): void {
  const { limit } = state.limit;
  state.limit = increase(state.limit, state.concurrency);
  if (limit !== undefined && state.limit.limit === undefined) {
    recordEvent(
      state,
      'import',
      `Kratos keeps up: up to ${state.concurrency} chunks in flight again.`,
    );
  }
}

/** @returns whether it was not paused for this reason before */
export function pause<Reason>(state: { pausedBy: Reason[] }, reason: Reason): boolean {
  if (state.pausedBy.includes(reason)) return false;
  state.pausedBy = [...state.pausedBy, reason];
  return true;
}

/** What was waited for is there again. */
export function endStall(state: ImportState): void {
  const { stall } = state;
  clearStall(state);
  if (stall === 'unauthorized')
    recordEvent(state, 'import', 'Kratos takes the token again; the import goes on.');
  if (stall === 'waiting') recordEvent(state, 'import', 'It works again; the import goes on.');
}

/** No chunk is left that could say that the trouble is over: the next one finds out. */
export function clearStall(state: ImportState): void {
  delete state.stall;
  state.pausedBy = state.pausedBy.filter((reason) => reason !== 'token');
}

/** Puts the progress where the Temporal UI shows it. */
export function publishDetails(job: ImportJob): void {
  setCurrentDetails(renderDetails(toProgress(job), job.run.workflowId));
}

export function toProgress({ input, state, inFlight }: ImportJob): Progress {
  const { phase, findings, chunksDone, notices } = state;
  const { due, would_create, would_update, would_skip, ...counts } = state.counts;
  const total = findings?.rows ?? 0;
  const done = rowsIn(state.counts);
  // At its end there is nothing left to pause, however it came to it.
  const atItsEnd = phase === 'reporting' || phase === 'done';
  const paused = state.pausedBy.length > 0 && !atItsEnd;
  const moves = phase === 'importing' && !state.stall && (!paused || inFlight.size > 0);
  const rate = moves || phase === 'reporting' ? ratePerSecond(state.samples) : null;
  return {
    phase,
    paused,
    mode: state.mode,
    concurrency: state.concurrency,
    rows: {
      total,
      done,
      ...counts,
      ...(input.dryRun === 'live' && { would_create, would_update, would_skip }),
      invalid: findings?.invalid ?? 0,
    },
    chunks: {
      total: findings?.chunks ?? 0,
      done: chunksDone,
      inFlight: inFlight.size,
      allowed: currentLimit(state.limit, state.concurrency),
    },
    ratePerSecond: rate,
    etaSeconds: paused ? null : timeLeft(state, rate, total - done),
    invitations: {
      due: due - state.invited.none,
      sent: state.invited.sent,
      failed: state.invited.failed,
      perMinute: state.perMinute,
      held: state.held,
    },
    plan: {
      roles: findings?.roles ?? {},
      warnings: findings?.warnings.map(({ message }) => message) ?? [],
    },
    notices,
  };
}

/** Seconds to the end of the rows or of the mails; null while nobody can say. */
function timeLeft(state: ImportState, rate: number | null, rows: number): number | null {
  if (state.phase === 'importing') return etaSeconds(rate, rows);
  if (state.phase !== 'inviting' || state.held) return null;
  const { sent, failed, none, kept } = state.invited;
  return Math.ceil(((state.counts.due - sent - failed - none - kept) * 60) / state.perMinute);
}
