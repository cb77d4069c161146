/** One attempt at a chunk, whatever is in it: what it takes over from the attempts before, and what it leaves. */
import type { AuditDatabase } from '../audit/audit-database.js';
import { recordChunk } from '../audit/trail.js';
import { MOST_OF_A_CHUNK, sampleOf } from '../contract/import/changed-rows.js';
import type { Mode } from '../contract/import/input.js';
import { summarize, type ChunkResult, type RowOutcome } from '../contract/import/outcomes.js';
import type { StallReport } from '../contract/stall.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import type { Kratos } from '../kratos/kratos.js';
import type { RetryAfterGate } from '../kratos/retry-after-gate.js';
import { ChunkJournal } from '../store/chunk-journal.js';
import type { ImportRoot } from '../store/import-root.js';
import type { OpenChunk } from '../store/open-run.js';
import { readOutcomes, writeOutcomes } from '../store/outcomes.js';
import type { LoadedPlan } from '../validation/plan-cache.js';
import { changedRowReader } from './changed-rows.js';
import type { Passwords } from './credential.js';

export interface ImportChunkDeps {
  importRoot: ImportRoot;
  kratos: Kratos;
  retryAfter: RetryAfterGate;
  /** Aborted when the rest is asked for: the batch in flight is finished, and nothing more is sent. */
  handBack: AbortSignal;
  writes: Pick<AdaptiveSemaphore, 'run' | 'atOnce'>;
  passwords: Passwords;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase;
  now: () => Date;
}

/** A chunk that is imported, the rules for its rows, and the mode for all of it. */
export interface ChunkToImport extends OpenChunk, Pick<LoadedPlan, 'checkRow'> {
  mode: Mode;
}

export interface Attempt {
  /** An attempt that is given up makes no further request and writes nothing. */
  signal: AbortSignal;
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Counted from 1. */
  number: number;
}

/** What there is to do for a chunk: one of the two, by the use of its plan. */
export interface ChunkWork {
  /** A live dry run: no request but look-ups. */
  preview: () => Promise<RowOutcome[]>;
  carryOut: (journal: ChunkJournal) => Promise<RowOutcome[]>;
}

/**
 * Does the work of a chunk. Safe to run again after any crash, and beside an attempt that was only believed dead: what one
 * was about to change is in the chunk's journal, and once the outcomes are on disk only their summary and their audit
 * events are left to do.
 * @param prepare called where the chunk has no outcomes yet
 * @throws AuditError when the audit database does not take the events; what the work throws
 */
export async function attemptChunk(
  deps: Pick<ImportChunkDeps, 'audit' | 'now'>,
  chunk: ChunkToImport,
  { signal }: Attempt,
  prepare: () => Promise<ChunkWork>,
): Promise<ChunkResult> {
  const earlier = await readOutcomes(chunk);
  const work = earlier ? doneBefore(earlier) : toSave(chunk, signal, await prepare());
  if (chunk.plan.use === 'preview') return toResult(chunk, await work.preview());

  const journal = await ChunkJournal.open(chunk.folder.store, chunk.folder.journal(chunk));
  try {
    const outcomes = await work.carryOut(journal);
    signal.throwIfAborted();
    await recordChunk(deps, chunk, outcomes, journal);
    return toResult(chunk, outcomes);
  } catch (error) {
    // Whatever goes wrong here is found out again.
    if (!signal.aborted) await journal.keep().catch(() => undefined);
    throw error;
  }
}

function doneBefore(outcomes: RowOutcome[]): ChunkWork {
  const known = () => Promise.resolve(outcomes);
  return { preview: known, carryOut: known };
}

/** Each saves what it has come to, and comes to the outcomes that the chunk has: another attempt's, where it was first. */
function toSave(chunk: ChunkToImport, signal: AbortSignal, work: ChunkWork): ChunkWork {
  const save = (outcomes: RowOutcome[]): Promise<RowOutcome[]> => {
    signal.throwIfAborted();
    return writeOutcomes(chunk, outcomes);
  };
  return {
    preview: async () => save(await work.preview()),
    carryOut: async (journal) => save(await work.carryOut(journal)),
  };
}

function toResult({ plan }: ChunkToImport, outcomes: RowOutcome[]): ChunkResult {
  const changedRow = changedRowReader(plan);
  const changed = outcomes.flatMap((outcome) => changedRow(outcome) ?? []);
  return summarize(outcomes, sampleOf(changed, MOST_OF_A_CHUNK));
}
