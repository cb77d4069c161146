/** Attempts at the chunks of a run that is planned. */
import type { AuditDatabase } from '../../src/audit/audit-database.js';
import type { Mode } from '../../src/contract/import/input.js';
import type { ChunkCounts, ChunkResult, RowOutcome } from '../../src/contract/import/outcomes.js';
import type { ImportChunkDeps } from '../../src/import/attempt-chunk.js';
import { importChunk } from '../../src/import/import-chunk.js';
import { leaveChunk } from '../../src/import/leave-chunk.js';
import type { Kratos } from '../../src/kratos/kratos.js';
import { AdaptiveSemaphore } from '../../src/flow-control/adaptive-semaphore.js';
import { RetryAfterGate } from '../../src/kratos/retry-after-gate.js';
import { PlanCache, type LoadedPlan } from '../../src/validation/plan-cache.js';
import { readJournal, type JournalContent } from '../../src/store/chunk-journal.js';
import type { Plan } from '../../src/store/plan.js';
import { isLeaverChunk } from '../../src/store/open-run.js';
import { readOutcomes } from '../../src/store/outcomes.js';
import { pathOf, type PlannedRun } from './planned-run.js';

export const NOW = new Date('2026-11-02T10:00:00Z');

export interface AttemptKeys {
  chunk?: number;
  mode?: Mode;
  signal?: AbortSignal;
  /** Aborted when the rest is asked for. */
  handBack?: AbortSignal;
  /** When the attempt begins. */
  now?: Date | (() => Date);
  hash?: ImportChunkDeps['passwords']['hash'];
  audit?: AuditDatabase;
  /** Which attempt of the activity it is. */
  number?: number;
}

const checks = new WeakMap<Plan, LoadedPlan['checkRow']>();

/** One attempt at a chunk of the run. */
export async function attempt(
  run: PlannedRun,
  kratos: Kratos,
  keys: AttemptKeys = {},
): Promise<ChunkCounts> {
  return (await resultOfAttempt(run, kratos, keys)).counts;
}

/** The same with all that its workflow gets of it. */
export async function resultOfAttempt(
  run: PlannedRun,
  kratos: Kratos,
  keys: AttemptKeys = {},
): Promise<ChunkResult> {
  const { chunk = 1, mode = 'skip', signal = new AbortController().signal, now = NOW } = keys;
  const { hash = async (password: string) => `hash of ${password}` } = keys;
  const deps = {
    importRoot: run.root,
    kratos,
    retryAfter: new RetryAfterGate(),
    handBack: keys.handBack ?? new AbortController().signal,
    writes: new AdaptiveSemaphore(),
    passwords: { hash, bcryptCost: 4 },
    ...(keys.audit && { audit: keys.audit }),
    now: typeof now === 'function' ? now : () => now,
  };
  const checkRow = checks.get(run.plan) ?? (await new PlanCache().get(run.folder)).checkRow;
  checks.set(run.plan, checkRow);
  const work = { ...(await run.chunk(chunk)), checkRow, mode };
  const { number = 1 } = keys;
  const attempt = { signal, reportStall: () => undefined, number };
  return isLeaverChunk(run.plan, chunk)
    ? leaveChunk(deps, work, attempt)
    : importChunk(deps, work, attempt);
}

/** The outcomes that a chunk has. */
export async function outcomes(run: PlannedRun, chunk = 1): Promise<RowOutcome[]> {
  return (await readOutcomes(await run.chunk(chunk)))!;
}

/** The folder with the entries of a chunk's journal. */
export async function journalPathOf(run: PlannedRun, chunk = 1): Promise<string> {
  return pathOf(run.folder, await journalKeyOf(run, chunk));
}

/** What the entries of a chunk's journal are below. */
export async function journalKeyOf(run: PlannedRun, chunk = 1): Promise<string> {
  return run.folder.journal(await run.chunk(chunk));
}

export async function journalOf(run: PlannedRun, chunk = 1): Promise<JournalContent> {
  return readJournal(run.folder.store, await journalKeyOf(run, chunk));
}

/** The worker dies with the request in flight: unlike a failure of Kratos, the attempt does not handle it. */
export class Died extends Error {}
