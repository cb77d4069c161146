/**
 * The state of a running import, and what its chunks and its invitations make of it. Pure: `now` is the workflow's
 * clock, in milliseconds since 1970.
 */
import { cutText } from '../../src/contract/bounds.js';
import { addCodes, describeCodes } from '../../src/contract/findings.js';
import { sampleOf, type ChangedRow } from '../../src/contract/import/changed-rows.js';
import {
  addEffects,
  describeExpected,
  describeUpdates,
  type EffectCounts,
} from '../../src/contract/import/effects.js';
import { changesExisting, type ImportInput, type Mode } from '../../src/contract/import/input.js';
import {
  addCounts,
  NO_COUNTS,
  processedIn,
  rowsIn,
  type ChunkCounts,
  type ImportErrors,
} from '../../src/contract/import/outcomes.js';
import type { Portion } from '../../src/contract/import/open-chunks.js';
import type { FailureCount, PortionResult } from '../../src/contract/import/portion.js';
import type { TakenFile } from '../../src/contract/import/taken-file.js';
import { describeSignIns, type SignInTrial } from '../../src/contract/import/sign-ins.js';
import type { Notice } from '../../src/contract/import/progress.js';
import type { InvitationControl, InvitationCounts } from '../../src/contract/invitations.js';
import type { Timeline, TimelineEntry } from '../../src/contract/report.js';
import type { SearchAttributes } from '../../src/contract/search-attributes.js';
import {
  APPROVALS,
  HELD_INVITATIONS,
  IMPORT_PHASES,
  moveTo,
  type ImportPhase,
  type PendingApproval,
} from '../../src/contract/status.js';
import { currentLimit, increase, NO_LIMIT, type AimdLimit } from '../../src/flow-control/aimd.js';
import { isTooHigh } from '../../src/flow-control/failure-rate.js';
import { formatNumber } from '../../src/format.js';
import type { Told } from '../../src/notify/rules.js';
import { addSample, type RateSample } from '../../src/progress/rate.js';
import { addPoint, newSeries, type Series } from '../../src/progress/series.js';
import { addEntry, NO_TIMELINE } from '../../src/progress/timeline.js';
import { addNotice } from '../shared/notices.js';
import { clearStall, pause } from '../shared/pausing.js';
import {
  windowStep,
  type ChunkedRun,
  type WindowStatus,
  type WindowStep,
} from '../shared/window-step.js';
import {
  describeLeaving,
  describePlanOfSource,
  isLeavingNext,
  neededOfSource,
  whyNobodyLeaves,
  whyOf,
} from './leavers.js';
import {
  isAnyLeft,
  isCanaryTaken,
  isOfLeavers,
  numbersOf,
  openOnly,
  takeBack,
  type PortionInFlight,
  type PortionState,
} from './portions.js';

export interface ImportRun extends ChunkedRun<PortionInFlight> {
  input: ImportInput;
  state: ImportState;
}

/** Plain JSON: it is carried through continue-as-new as it is. */
export interface ImportState extends PortionState {
  phase: ImportPhase;
  /** It ends, once what is in flight has. */
  cancelled?: true;
  /** When the first execution started (ISO 8601). */
  startedAt: string;
  /** The file, of a run of a source or of a pattern; absent until it was looked at, and of every other run. */
  taken?: TakenFile | undefined;
  /** Those that the import sets, as the worker of its preflight named them; absent: none. */
  searchAttributes?: SearchAttributes | undefined;
  /** What operators were told; absent: nobody is to be told. */
  told?: Told | undefined;
  /** A server that the invitations need is away. */
  areMailsWaiting?: boolean;
  /** Chunks that were done when the search attributes were last set. */
  listedChunks?: number;
  concurrency: number;
  /** Invitation mails a minute at most. */
  perMinute: number;
  /** Invitations wait for `releaseInvitations`. */
  held: boolean;
  /** How many times `resume` was applied. */
  resumes: number;
  /** The invitations by their results so far. */
  invited: InvitationCounts;
  /** Where the invitations are to go on, handed over by the workflow that sent the first of them. */
  invitations?: object;
  pendingApproval?: PendingApproval;
  /** The mode that the pending approval tells of: approved, it holds for this one. */
  approvalMode?: Mode;
  approved: PendingApproval[];
  /** What came of the sign-ins of known users; absent until they were tried. */
  knownUsers?: SignInTrial;
  /** The audit trail says that users are created or changed from now on. */
  started?: true;
  counts: ChunkCounts;
  /** What became of those who are not in the file. */
  leaverCounts: ChunkCounts;
  errors: ImportErrors;
  /** What the updates so far mean. */
  effects?: EffectCounts | undefined;
  /** Some of the rows whose user was updated so far, or in a live dry run would be. */
  sample?: ChangedRow[] | undefined;
  chunksDone: number;
  limit: AimdLimit;
  sinceResume: FailureCount;
  samples: RateSample[];
  notices: Notice[];
  /** What the operator and the import itself switched, for the report. */
  timeline: Timeline;
  /** Rows done over time, for the report. */
  rowsHistory: Series<RateSample>;
  /** Mails sent over time, for the report. */
  mailsHistory: Series<MailsSample>;
}

interface MailsSample {
  at: number;
  sent: number;
  failed: number;
}

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
    leaverCounts: NO_COUNTS,
    errors: {},
    nextChunk: 1,
    handedBack: [],
    portionsStarted: 0,
    chunksDone: 0,
    undecidedChunks: [],
    limit: NO_LIMIT,
    sinceResume: { processed: 0, failed: 0 },
    samples: [],
    notices: [],
    timeline: NO_TIMELINE,
    rowsHistory: newSeries(),
    mailsHistory: newSeries(),
  };
}

/** Notes for the operator, and for the report, what was switched, or what has begun or ended. */
export function recordEvent(
  state: ImportState,
  by: TimelineEntry['by'],
  text: string,
  now: number,
): void {
  addNotice(state, text, now);
  state.timeline = addEntry(state.timeline, { at: new Date(now).toISOString(), by, text });
}

/** The import is cancelled, as the operator's notice says. */
export function recordCancellation(state: ImportState, text: string, now: number): void {
  state.cancelled = true;
  recordEvent(state, 'operator', text, now);
}

export type ImportStep = 'begin' | 'signIns' | 'leave' | PendingApproval;

/**
 * What the import can do next: record its start, start a chunk, try the sign-ins of known users, wait for an approval,
 * go on with those who are not in the file, continue as new, or end.
 */
export function nextStep(
  run: ImportRun,
  window: WindowStatus,
): ImportStep | WindowStep | undefined {
  const { input, state, inFlight } = run;
  const approval = neededApproval(run);
  const allowed = approval ? 0 : allowedChunks(state);
  const isRowLeft = isAnyLeft(run);
  const isAny = isRowLeft || isLeavingNext(run);
  const step = windowStep(run, { isAnyLeft: isAny, allowed }, window);
  if (step === 'chunk' && !state.started) return 'begin';
  // Nobody leaves before all that the file says is done.
  if (step === 'chunk' && !isRowLeft) return inFlight.size === 0 ? 'leave' : undefined;
  if (step !== undefined || inFlight.size > 0 || state.pendingApproval === approval) return step;
  const isToTry = approval === 'canary' && input.canarySignIns !== undefined && !state.knownUsers;
  return isToTry ? 'signIns' : approval;
}

function neededApproval(run: ImportRun): PendingApproval | undefined {
  const { input, state } = run;
  if (input.dryRun !== false) return undefined;
  // A question stays until it is answered, also where another mode raises one that comes before it.
  if (state.pendingApproval) return state.pendingApproval;
  const canaryIsDone = state.findings!.canaryChunks > 0 && isCanaryTaken(state);
  if (input.approval === 'required' && !state.approved.includes('plan')) return 'plan';
  const ofSource = neededOfSource(run);
  if (ofSource) return ofSource;
  if (canaryIsDone && !state.approved.includes('canary')) return 'canary';
  const isOther = state.mode === 'update' && !state.approved.includes('mode');
  return isOther && state.approved.length > 0 ? 'mode' : undefined;
}

/** Chunks that may be in flight now. */
export function allowedChunks({ limit, concurrency }: ImportState): number {
  return currentLimit(limit, concurrency);
}

export function awaitApproval(run: ImportRun, approval: PendingApproval, now: number): void {
  const { state, input } = run;
  const { canaryRows } = input;
  state.pendingApproval = approval;
  state.approvalMode = state.mode;
  moveTo(IMPORT_PHASES, state, 'awaiting-approval');
  const { sha256 } = state.findings!;
  const knownUsers = state.knownUsers ? `${describeSignIns(state.knownUsers)} ` : '';
  const ofSource = approval === 'plan' ? describePlanOfSource(run) : '';
  const context = {
    ...{ canaryRows, sha256, existing: `${existing(input, state)}${ofSource}`, knownUsers },
    adoptable: state.findings!.source?.adoptable ?? 0,
    leavers: whyOf(run),
  };
  recordEvent(state, 'import', APPROVALS[approval](context), now);
}

/** What an import does to the users who exist, for whoever approves it. */
function existing(
  { setPasswords }: ImportRun['input'],
  { mode, findings, effects, counts }: ImportState,
): string {
  if (!changesExisting({ mode, setPasswords })) return '';
  const done =
    counts.updated + counts.left_alone > 0
      ? [
          `So far ${describeUpdates(`${formatNumber(counts.updated)} were updated`, counts.left_alone, effects)}.`,
        ]
      : [];
  return [...done, describeExpected(findings?.expected), ''].join(' ');
}

/** What came of the sign-ins of known users. What is wrong with their list names it, and its path may be long. */
export function recordSignIns(state: ImportState, trial: SignInTrial): void {
  state.knownUsers = 'problem' in trial ? { problem: cutText(trial.problem) } : trial;
}

/** An approval that was asked for in update mode covers all that it told of: the updates, and a plan's leavers. */
export function recordApproval(state: ImportState): void {
  const approval = state.pendingApproval!;
  const covered = state.approvalMode === 'update' ? COVERED[approval] : [];
  state.approved = [...new Set([...state.approved, approval, ...covered])];
  endApproval(state);
}

const COVERED: Record<PendingApproval, PendingApproval[]> = {
  plan: ['mode', 'adoption', 'leavers'],
  adoption: ['mode', 'leavers'],
  leavers: ['mode'],
  canary: ['mode'],
  mode: [],
};

/** Nothing waits for approval any more. */
export function endApproval(state: ImportState): void {
  delete state.pendingApproval;
  delete state.approvalMode;
  moveTo(IMPORT_PHASES, state, state.leaving ? 'leavers' : 'importing');
}

/** The chunks begin, or go on in a new execution. */
export function beginChunks(state: ImportState, now: number): void {
  if (state.phase === 'validating') {
    moveTo(IMPORT_PHASES, state, 'importing');
    skipSettled(state);
  }
  startRate(state, now);
}

/** Chunks of a source's settled rows are done before the first one starts. */
function skipSettled(state: ImportState): void {
  const { source } = state.findings!;
  if (!source) return;
  openOnly(state, source.open);
  const { skippedRows, skippedInvalid, skippedChunks } = source;
  const counts = { ...NO_COUNTS, unchanged: skippedRows, invalid: skippedInvalid };
  state.counts = addCounts(state.counts, counts);
  state.chunksDone += skippedChunks;
}

/** All rows are done: from here on the chunks are of those who are not in the file. */
export function beginLeaving(run: ImportRun, now: number): void {
  moveTo(IMPORT_PHASES, run.state, 'leavers');
  run.state.leaving = true;
  recordEvent(run.state, 'import', describeLeaving(run), now);
}

/** The rows are done, and nobody leaves who could have been to leave. */
export function recordStaying(run: ImportRun, now: number): void {
  const why = whyNobodyLeaves(run);
  if (why !== undefined) recordEvent(run.state, 'import', why, now);
}

/** The rate counts from here on. */
export function startRate(state: ImportState, now: number): void {
  state.samples = [rowsAt(state, now)];
  recordRows(state, now);
}

function rowsAt({ counts }: ImportState, now: number): RateSample {
  return { at: now, done: rowsIn(counts) };
}

function recordRows(state: ImportState, now: number): void {
  state.rowsHistory = addPoint(state.rowsHistory, rowsAt(state, now));
}

/** A portion has ended: its counts, and what they mean for the concurrency and for going on at all. */
export function recordPortion(
  run: ImportRun,
  portion: Portion,
  { counts, errors, effects, sample = [], done }: PortionResult,
  now: number,
): void {
  const { state } = run;
  takeBack(state, portion, done);
  if (isOfLeavers(state, portion)) state.leaverCounts = addCounts(state.leaverCounts, counts);
  else {
    state.counts = addCounts(state.counts, counts);
    state.errors = addCodes(state.errors, errors);
    state.effects = addEffects(state.effects, effects);
    if (sample.length > 0) state.sample = sampleOf([...(state.sample ?? []), ...sample]);
  }
  state.chunksDone += done;
  state.samples = addSample(state.samples, rowsAt(state, now));
  recordRows(state, now);
  if (done > 0) endStall(state, now);
  for (let chunk = 0; chunk < done; chunk++) increaseLimit(state, now);
  pauseIfTooManyFail(run, counts, now);
}

function increaseLimit(state: ImportState, now: number): void {
  const wasLimited = state.limit.limit !== undefined;
  state.limit = increase(state.limit, state.concurrency);
  if (wasLimited && state.limit.limit === undefined) {
    const text = `Kratos keeps up: up to ${state.concurrency} chunks in flight again.`;
    recordEvent(state, 'import', text, now);
  }
}

function pauseIfTooManyFail(run: ImportRun, counts: ChunkCounts, now: number): void {
  const { state, input } = run;
  const processed = state.sinceResume.processed + processedIn(counts);
  const failed = state.sinceResume.failed + counts.failed;
  state.sinceResume = { processed, failed };
  const goesOn = isAnyLeft(run) || isLeavingNext(run) || hasInvitations(run);
  if (!goesOn || !isTooHigh(state.sinceResume, input.haltAboveFailureRate)) return;
  if (!pause(state, 'failures')) return;
  const { haltAboveFailureRate } = input;
  const text = state.leaving
    ? `Paused by itself: ${failed} of ${processed} rows and leavers failed, more than haltAboveFailureRate (${haltAboveFailureRate}) allows. Resume to go on, or cancel.`
    : `Paused by itself: ${failed} of ${processed} rows failed, more than haltAboveFailureRate (${haltAboveFailureRate}) allows. ${describeCodes(state.errors).join('; ')}. Resume to go on, or cancel.`;
  recordEvent(state, 'import', text, now);
}

/** A portion has ended without a result: it was terminated by hand. */
export function recordLostPortion(state: ImportState, portion: Portion, now: number): void {
  const { chunk, chunks } = portion;
  state.undecidedChunks.push(...numbersOf(portion));
  const text =
    chunks === 1
      ? `Chunk ${chunk} ended before it was done. What became of it is not known: start the file again to import what is missing.`
      : `Chunks ${chunk} to ${chunk + chunks - 1} ended before all were done. What became of them is not known: start the file again to import what is missing.`;
  recordEvent(state, 'import', text, now);
}

/** A workflow that is not the import's has the id of one of its children. */
export function recordTakenId(state: ImportState, workflowId: string, now: number): void {
  recordEvent(
    state,
    'import',
    `Another workflow runs as ${workflowId}, which is the import's own name; the import goes on under a further one. Who started it, and why?`,
    now,
  );
}

/** What the activities waited for is there again. */
export function endStall(state: ImportState, now: number): void {
  const { stall } = state;
  clearStall(state);
  if (stall === 'unauthorized')
    recordEvent(state, 'import', 'Kratos takes the token again; the import goes on.', now);
  if (stall === 'unavailable')
    recordEvent(state, 'import', 'It works again; the import goes on.', now);
}

/** Whether mails go out once the rows are done. */
export function hasInvitations({ input, state }: ImportRun): boolean {
  return input.dryRun === false && input.invitations.send !== 'never' && state.counts.due > 0;
}

/** The invitations begin, or go on in a new execution. */
export function beginInvitations(state: ImportState, now: number): void {
  if (state.phase === 'inviting') return;
  moveTo(IMPORT_PHASES, state, 'inviting');
  recordMails(state, state.invited, now);
  if (state.held) recordEvent(state, 'import', HELD_INVITATIONS, now);
}

export function recordMails(state: ImportState, counts: InvitationCounts, now: number): void {
  const { sent, failed } = counts;
  state.invited = counts;
  state.mailsHistory = addPoint(state.mailsHistory, { at: now, sent, failed });
}

/** What the workflow that sends the invitations has to do. */
export function invitationControl({
  pausedBy,
  held,
  perMinute,
  resumes,
}: ImportState): InvitationControl {
  // It waits for the token by itself, and tries it from time to time.
  const paused = pausedBy.some((reason) => reason !== 'token');
  return { paused, held, perMinute, resumes };
}
