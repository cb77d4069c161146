/** One chunk: its rows are read again from the file, imported, and their outcomes put on disk. */
import type { ColumnMap } from '../identity/columns.js';
import type { ImportRow } from '../identity/identity.js';
import { keyOf } from '../identity/keys.js';
import { isProgramFault } from '../contract/errors.js';
import type { ChunkResult, RowOutcome } from '../contract/import/outcomes.js';
import type { CsvRow } from '../csv/cells.js';
import { eitherOf, withRetries } from '../kratos/with-retries.js';
import { readExistingUsers, readUserHints } from '../store/existing-users.js';
import type { ChunkJournal } from '../store/chunk-journal.js';
import {
  attemptChunk,
  type Attempt,
  type ChunkToImport,
  type ImportChunkDeps,
} from './attempt-chunk.js';
import { candidateMaker, type Candidate } from './candidate.js';
import { isBroken, programFault, toOutcome, type Decision, type Decisions } from './decision.js';
import { importUsers } from './import-users.js';
import { isolateFaults } from './isolate-faults.js';
import { byOf } from './judge.js';
import { permittedChanges } from './permitted-changes.js';
import { previewRules, previewUsers } from './preview.js';
import { decideSettled } from './settled-rows.js';
import { readChunkRows } from '../store/read-chunk-rows.js';

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
export function importChunk(
  deps: ImportChunkDeps,
  chunk: ChunkToImport,
  attempt: Attempt,
): Promise<ChunkResult> {
  return attemptChunk(deps, chunk, attempt, async () => {
    const rows = await readRows(deps, chunk, attempt);
    return {
      preview: () => previewRows(deps, chunk, attempt, rows),
      carryOut: (journal) => importRows(deps, chunk, attempt, rows, journal),
    };
  });
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
  { run, folder, plan, mode, number: chunk }: ChunkToImport,
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
    const outcomes = fresh.map(([line, decision]) => outcomeOf(rowsByLine.get(line)!, decision));
    for (const outcome of outcomes) decided.set(outcome.line, outcome);
    signal.throwIfAborted();
    await journal.decide(outcomes);
  };
  const candidates = candidatesIn(rows);
  const existingIds = await readExistingUsers({ folder, plan }, linesOf(candidates));
  const settled = await decideSettled({ folder, plan }, candidates, existingIds, mode);
  const isOpen = ({ line }: Candidate): boolean => !decided.has(line) && !settled.has(line);
  const open = candidates.filter(isOpen);
  const context = {
    kratos,
    plan,
    by: byOf({ run, plan }, deps.now()),
    now: deps.now,
    permitted: permittedChanges(plan),
    mode,
    existingIds,
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
  ).catch((error: unknown) => {
    if (deps.handBack.aborted && !hasLostAnswer) journal.leave();
    throw error;
  });
  return rows.map((row) => {
    const { line } = row.csvRow;
    const decision = decisions.get(line) ?? settled.get(line) ?? row.fault;
    return decided.get(line) ?? outcomeOf(row, decision);
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
  { run, folder, plan, mode }: ChunkToImport,
  { signal, reportStall, number }: Attempt,
  rows: ReadRow[],
): Promise<RowOutcome[]> {
  const { retryAfter, handBack } = deps;
  const kratos = withRetries(deps.kratos, { retryAfter, handBack, signal, onStall: reportStall });
  const candidates = candidatesIn(rows);
  const hints = await readUserHints({ folder, plan }, linesOf(candidates));
  const settled = await decideSettled({ folder, plan }, candidates, hints.existingIds, mode);
  const open = candidates.filter(({ line }) => !settled.has(line));
  const context = {
    ...previewRules({ run, plan }, deps.now()),
    ...{ kratos, mode, hints },
  };
  const decisions = await isolateFaults(open, (part) => previewUsers(context, part), {
    onFault: () => undefined,
    isLastTry: number >= LAST_TRY,
  });
  return rows.map((row) => {
    const { line } = row.csvRow;
    return outcomeOf(row, decisions.get(line) ?? settled.get(line) ?? row.fault);
  });
}

function linesOf(candidates: Candidate[]): number[] {
  return candidates.map(({ line }) => line);
}

function candidatesIn(rows: ReadRow[]): Candidate[] {
  return rows.flatMap(({ candidate }) => candidate ?? []);
}

/** @param decision absent for a row that validation refused */
function outcomeOf({ csvRow, name }: ReadRow, decision: Decision | undefined): RowOutcome {
  const row = { line: csvRow.line, ...name };
  if (!decision) return { invitation: 'none', outcome: 'invalid', ...row };
  return toOutcome(row, decision, () => csvRow.raw());
}

/** How people find the row in what the run leaves. */
function nameOf({ email, traits, oldId }: ImportRow, map: ColumnMap): ReadRow['name'] {
  const identifier = email === '' ? keyOf(traits, map)?.text : undefined;
  return { email, oldId, ...(identifier !== undefined && { identifier }) };
}
