/** One chunk: its rows are read again from the file, imported, and their outcomes put on disk. */
import type { ImportRow } from '../identity/identity.js';
import type { AuditDatabase } from '../audit/audit-database.js';
import { recordChunk } from '../audit/trail.js';
import type { RunRef } from '../contract/ids.js';
import type { Mode } from '../contract/import/input.js';
import { summarize, type ChunkResult, type RowOutcome } from '../contract/import/outcomes.js';
import type { StallReport } from '../contract/stall.js';
import type { CsvRow } from '../csv/cells.js';
import type { Kratos } from '../kratos/kratos.js';
import { withRetries } from '../kratos/with-retries.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import type { RetryAfterGate } from '../kratos/retry-after-gate.js';
import type { LoadedPlan } from '../validation/plan-cache.js';
import { readExistingUsers } from '../store/existing-users.js';
import { readChunk, type ChunkRange } from '../store/plan.js';
import { ChunkJournal } from '../store/chunk-journal.js';
import { readOutcomes, writeOutcomes } from '../store/outcomes.js';
import type { RunFolder } from '../store/run-folder.js';
import { candidateMaker, type Candidate, type Passwords } from './candidate.js';
import { isBroken, type Decision, type Decisions } from './decision.js';
import { importUsers } from './import-users.js';
import { previewUsers } from './preview.js';
import { readChunkRows } from '../store/read-chunk-rows.js';

export interface ImportChunkDeps {
  importRoot: string;
  kratos: Kratos;
  retryAfter: RetryAfterGate;
  writes: AdaptiveSemaphore;
  passwords: Passwords;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase;
  now: () => Date;
}

/** A chunk of a run, and the mode for all of it. */
export interface ChunkOfRun {
  run: RunRef;
  folder: RunFolder;
  plan: LoadedPlan;
  /** Counted from 1. */
  chunk: number;
  mode: Mode;
}

/** One attempt at it. */
export interface Attempt {
  /** An attempt that is given up makes no further request and writes nothing. */
  signal: AbortSignal;
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
}

/** A row of the chunk, read again. */
interface ReadRow {
  csvRow: CsvRow;
  importRow: ImportRow;
  /** Absent for a row that validation refused. */
  candidate?: Candidate;
}

/**
 * Imports the rows of one chunk. Safe to run again after any crash, and beside an attempt that was only believed dead:
 * users that an attempt created are known by their origin, what one was about to change stands in the chunk's journal,
 * and once the outcomes are on disk nothing but their summary is asked for, and their audit events.
 * @throws FileError `file_changed` when the bytes are not those that were validated
 * @throws KratosError when Kratos takes no requests for long
 * @throws AuditError when the audit database does not take the events
 */
export async function importChunk(
  deps: ImportChunkDeps,
  work: ChunkOfRun,
  attempt: Attempt,
): Promise<ChunkResult> {
  const { run, folder, chunk } = work;
  const { plan } = work.plan;
  const range = await readChunk(folder, plan, chunk);
  const known = await readOutcomes(folder, chunk, range);
  const rows = known ? [] : await readRows(deps, work, attempt, range);
  const keep = (outcomes: RowOutcome[]): Promise<RowOutcome[]> => {
    attempt.signal.throwIfAborted();
    return writeOutcomes(folder, chunk, range, outcomes);
  };
  if (plan.use === 'preview') {
    return summarize(known ?? (await keep(await previewRows(deps, work, attempt, rows))));
  }

  const journal = await ChunkJournal.open(folder.journal(chunk, range.sha256));
  try {
    const outcomes = known ?? (await keep(await importRows(deps, work, attempt, rows, journal)));
    attempt.signal.throwIfAborted();
    await recordChunk(deps, { run, folder, plan }, { chunk, range }, outcomes, journal);
    return summarize(outcomes);
  } finally {
    await journal.close();
  }
}

async function readRows(
  deps: ImportChunkDeps,
  { run, plan: { plan, checkRow } }: ChunkOfRun,
  { signal }: Attempt,
  range: ChunkRange,
): Promise<ReadRow[]> {
  const make = candidateMaker(run, plan, deps.passwords, deps.now(), signal);
  const csvRows = await readChunkRows(deps.importRoot, plan, range);
  return csvRows.map((csvRow, i): ReadRow => {
    const { importRow } = checkRow(csvRow.cells);
    const candidate = range.invalid.has(i) ? undefined : make(importRow, csvRow.line);
    return { csvRow, importRow, candidate };
  });
}

async function importRows(
  deps: ImportChunkDeps,
  { folder, plan: { plan }, mode }: ChunkOfRun,
  { signal, reportStall }: Attempt,
  rows: ReadRow[],
  journal: ChunkJournal,
): Promise<RowOutcome[]> {
  let lostAnswer = false;
  const onAnswerLost = () => void (lostAnswer = true);
  const kratos = withRetries(deps.kratos, {
    ...deps,
    signal,
    onStall: reportStall,
    onAnswerLost,
  });
  const { outcomes: kept } = await journal.read();
  const byLine = new Map(rows.map((row) => [row.csvRow.line, row]));
  const keep = async (decisions: Decisions): Promise<void> => {
    const fresh = [...decisions].filter(([line, it]) => !kept.has(line) && !isBroken(it));
    const outcomes = fresh.map(([line, decision]) => toOutcome(byLine.get(line)!, decision));
    for (const outcome of outcomes) kept.set(outcome.line, outcome);
    signal.throwIfAborted();
    await journal.decide(outcomes);
  };
  const open = candidatesIn(rows).filter(({ line }) => !kept.has(line));
  const existingUsers = await readExistingUsers(folder, linesOf(open));
  const users = {
    kratos,
    plan,
    mode,
    existingUsers,
    journal,
    hasLostAnswer: () => lostAnswer,
    keep,
  };
  const decisions = await importUsers(users, open);
  return rows.map(
    (row) => kept.get(row.csvRow.line) ?? toOutcome(row, decisions.get(row.csvRow.line)),
  );
}

/** A live dry run: no request but look-ups. */
async function previewRows(
  deps: ImportChunkDeps,
  { folder, plan: { plan }, mode }: ChunkOfRun,
  { signal, reportStall }: Attempt,
  rows: ReadRow[],
): Promise<RowOutcome[]> {
  const kratos = withRetries(deps.kratos, { ...deps, signal, onStall: reportStall });
  const candidates = candidatesIn(rows);
  const existingUsers = await readExistingUsers(folder, linesOf(candidates));
  const decisions = await previewUsers({ kratos, map: plan.map, mode, existingUsers }, candidates);
  return rows.map((row) => toOutcome(row, decisions.get(row.csvRow.line)));
}

function linesOf(candidates: Candidate[]): number[] {
  return candidates.map(({ line }) => line);
}

function candidatesIn(rows: ReadRow[]): Candidate[] {
  return rows.flatMap(({ candidate }) => candidate ?? []);
}

/** @param decision absent for a row that validation refused */
function toOutcome({ csvRow, importRow }: ReadRow, decision: Decision | undefined): RowOutcome {
  const { line } = csvRow;
  const { email } = importRow;
  if (!decision) return { line, email, outcome: 'invalid', invitation: 'none' };
  if (decision.outcome === 'failed') {
    const { code, reason } = decision;
    const codes = [code];
    return { line, email, outcome: 'failed', codes, reason, invitation: 'none', raw: csvRow.raw() };
  }
  return { line, email, invitation: 'none', ...decision };
}
