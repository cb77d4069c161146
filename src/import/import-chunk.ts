/** One chunk: its rows are read again from the file, imported, and their outcomes put on disk. */
import type { ColumnMap } from '../identity/columns.js';
import type { ImportRow } from '../identity/identity.js';
import { compileTraitCheck } from '../identity/schema.js';
import { keyOf } from '../identity/keys.js';
import type { AuditDatabase } from '../audit/audit-database.js';
import { recordChunk } from '../audit/trail.js';
import { isProgramFault } from '../contract/errors.js';
import { MOST_OF_A_CHUNK, sampleOf } from '../contract/import/changed-rows.js';
import type { Mode } from '../contract/import/input.js';
import { summarize, type ChunkResult, type RowOutcome } from '../contract/import/outcomes.js';
import type { StallReport } from '../contract/stall.js';
import type { CsvRow } from '../csv/cells.js';
import type { Kratos } from '../kratos/kratos.js';
import { eitherOf, withRetries } from '../kratos/with-retries.js';
import type { AdaptiveSemaphore } from '../flow-control/adaptive-semaphore.js';
import type { RetryAfterGate } from '../kratos/retry-after-gate.js';
import type { LoadedPlan } from '../validation/plan-cache.js';
import { readExistingUsers, readUserHints } from '../store/existing-users.js';
import { ChunkJournal } from '../store/chunk-journal.js';
import { readOutcomes, writeOutcomes } from '../store/outcomes.js';
import type { OpenChunk } from '../store/open-run.js';
import { candidateMaker, type Candidate } from './candidate.js';
import { changedRowReader } from './changed-rows.js';
import type { Passwords } from './credential.js';
import { isBroken, programFault, type Decision, type Decisions } from './decision.js';
import { importUsers } from './import-users.js';
import { isolateFaults } from './isolate-faults.js';
import { permittedChanges } from './permitted-changes.js';
import { previewUsers } from './preview.js';
import { readChunkRows } from '../store/read-chunk-rows.js';
import type { ImportRoot } from '../store/import-root.js';

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

/** One attempt at it. */
export interface Attempt {
  /** An attempt that is given up makes no further request and writes nothing. */
  signal: AbortSignal;
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Counted from 1. */
  number: number;
}

/** From this attempt on, rows on each of which the program fails are given up, so that the import comes to its end. */
const LAST_TRY = 5;

/** A row of the chunk, read again. */
interface ReadRow {
  csvRow: CsvRow;
  name: Pick<RowOutcome, 'email' | 'identifier' | 'oldId'>;
  /** Absent for a row that validation refused, and where the program failed on it. */
  candidate?: Candidate | undefined;
  fault?: Decision;
}

/**
 * Imports the rows of one chunk. Safe to run again after any crash, and beside an attempt that was only believed dead:
 * users that an attempt created are known by their origin, what one was about to change is in the chunk's journal, and
 * once the outcomes are on disk only their summary and their audit events are left to do.
 * @throws FileError `file_changed` when the bytes are not those that were validated
 * @throws KratosError when Kratos takes no requests for long
 * @throws AuditError when the audit database does not take the events
 */
export async function importChunk(
  deps: ImportChunkDeps,
  chunk: ChunkToImport,
  attempt: Attempt,
): Promise<ChunkResult> {
  const earlier = await readOutcomes(chunk);
  const rows = earlier ? [] : await readRows(deps, chunk, attempt);
  if (chunk.plan.use === 'preview') {
    return toResult(
      chunk,
      earlier ??
        (await saveOutcomes(chunk, attempt, await previewRows(deps, chunk, attempt, rows))),
    );
  }

  const journal = await ChunkJournal.open(chunk.folder.store, chunk.folder.journal(chunk));
  try {
    const outcomes =
      earlier ??
      (await saveOutcomes(chunk, attempt, await importRows(deps, chunk, attempt, rows, journal)));
    attempt.signal.throwIfAborted();
    await recordChunk(deps, chunk, outcomes, journal);
    return toResult(chunk, outcomes);
  } catch (error) {
    // Whatever goes wrong here is found out again.
    if (!attempt.signal.aborted) await journal.keep().catch(() => undefined);
    throw error;
  }
}

function toResult({ plan }: ChunkToImport, outcomes: RowOutcome[]): ChunkResult {
  const changedRow = changedRowReader(plan);
  const changed = outcomes.flatMap((outcome) => changedRow(outcome) ?? []);
  return summarize(outcomes, sampleOf(changed, MOST_OF_A_CHUNK));
}

/** @returns the outcomes that the chunk has: another attempt's, when it was done before */
function saveOutcomes(
  chunk: ChunkToImport,
  { signal }: Attempt,
  outcomes: RowOutcome[],
): Promise<RowOutcome[]> {
  signal.throwIfAborted();
  return writeOutcomes(chunk, outcomes);
}

async function readRows(
  { importRoot, passwords, handBack, now }: ImportChunkDeps,
  { run, folder, plan, range, checkRow }: ChunkToImport,
  { signal }: Attempt,
): Promise<ReadRow[]> {
  const ending = eitherOf(signal, handBack);
  const toCandidate = candidateMaker({ run, plan, passwords, at: now(), signal: ending });
  const csvRows = await readChunkRows(importRoot, { folder, plan }, range);
  return csvRows.map((csvRow, i): ReadRow => {
    const { importRow } = checkRow(csvRow.cells);
    const name = nameOf(importRow, plan.map);
    if (range.invalid.has(i)) return { csvRow, name };
    try {
      return { csvRow, name, candidate: toCandidate(importRow, csvRow.line) };
    } catch (error) {
      if (!isProgramFault(error)) throw error;
      return { csvRow, name, fault: programFault(error) };
    }
  });
}

async function importRows(
  deps: ImportChunkDeps,
  { folder, plan, mode, number: chunk }: ChunkToImport,
  { signal, reportStall, number }: Attempt,
  rows: ReadRow[],
  journal: ChunkJournal,
): Promise<RowOutcome[]> {
  let hasLostAnswer = false;
  const kratos = withRetries(deps.kratos, {
    ...deps,
    signal,
    handBack: deps.handBack,
    onStall: reportStall,
    onAnswerLost: () => void (hasLostAnswer = true),
  });
  /** By line: what this attempt and the earlier ones have decided. */
  const { outcomes: decided } = await journal.read();
  const rowsByLine = new Map(rows.map((row) => [row.csvRow.line, row]));
  const saveDecisions = async (decisions: Decisions): Promise<void> => {
    const fresh = [...decisions].filter(
      ([line, decision]) => !decided.has(line) && !isBroken(decision),
    );
    const outcomes = fresh.map(([line, decision]) => toOutcome(rowsByLine.get(line)!, decision));
    for (const outcome of outcomes) decided.set(outcome.line, outcome);
    signal.throwIfAborted();
    await journal.decide(outcomes);
  };
  const isOpen = ({ line }: Candidate): boolean => !decided.has(line);
  const open = candidatesIn(rows).filter(isOpen);
  const context = {
    kratos,
    plan,
    permitted: permittedChanges(plan),
    mode,
    existingIds: await readExistingUsers({ folder, plan }, linesOf(open)),
    journal,
    parts: partsOf(chunk, plan.findings.chunks, deps.writes.atOnce),
    hasLostAnswer: () => hasLostAnswer,
    saveDecisions,
  };
  const decisions = await isolateFaults(
    open,
    (part) => importUsers(context, part.filter(isOpen)),
    // Users may have been created before the fault: a conflict can be of this attempt's own making.
    { onFault: () => void (hasLostAnswer = true), isLastTry: number >= LAST_TRY },
  );
  return rows.map((row) => {
    const { line } = row.csvRow;
    return decided.get(line) ?? toOutcome(row, decisions.get(line) ?? row.fault);
  });
}

/**
 * The last chunks go in smaller batches, so that all that Kratos does at once comes to its end together.
 * @param atOnce so many batches Kratos takes at once
 */
function partsOf(chunk: number, chunks: number, atOnce: number): number {
  return chunk > chunks - atOnce ? 2 * atOnce : 1;
}

/** A live dry run: no request but look-ups. */
async function previewRows(
  deps: ImportChunkDeps,
  { folder, plan, mode }: ChunkToImport,
  { signal, reportStall, number }: Attempt,
  rows: ReadRow[],
): Promise<RowOutcome[]> {
  const { retryAfter, handBack } = deps;
  const kratos = withRetries(deps.kratos, { retryAfter, handBack, signal, onStall: reportStall });
  const candidates = candidatesIn(rows);
  const hints = await readUserHints({ folder, plan }, linesOf(candidates));
  const { map, setPasswords } = plan;
  const permitted = permittedChanges(plan);
  const checkTraits = compileTraitCheck(plan.schema);
  const context = { kratos, map, setPasswords, permitted, checkTraits, mode, hints };
  const decisions = await isolateFaults(candidates, (part) => previewUsers(context, part), {
    onFault: () => undefined,
    isLastTry: number >= LAST_TRY,
  });
  return rows.map((row) => toOutcome(row, decisions.get(row.csvRow.line) ?? row.fault));
}

function linesOf(candidates: Candidate[]): number[] {
  return candidates.map(({ line }) => line);
}

function candidatesIn(rows: ReadRow[]): Candidate[] {
  return rows.flatMap(({ candidate }) => candidate ?? []);
}

/** @param decision absent for a row that validation refused */
function toOutcome({ csvRow, name }: ReadRow, decision: Decision | undefined): RowOutcome {
  const row = { line: csvRow.line, ...name, invitation: 'none' } as const;
  if (!decision) return { ...row, outcome: 'invalid' };
  if (decision.outcome === 'failed') {
    const { outcome, code, reason } = decision;
    return { ...row, outcome, codes: [code], reason, raw: csvRow.raw() };
  }
  return { ...row, ...decision };
}

/** How people find the row in what the run leaves. */
function nameOf({ email, traits, oldId }: ImportRow, map: ColumnMap): ReadRow['name'] {
  const identifier = email === '' ? keyOf(traits, map)?.text : undefined;
  return { email, oldId, ...(identifier !== undefined && { identifier }) };
}
