/**
 * The audit trail of a run: its events on disk, and in the database where there is one.
 *
 * Each event's time is fixed when it is first written down, before any database hears of it, so that it is the same however
 * often a step is done again.
 */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { RunRef } from '../contract/ids.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import { readChunk, readPlan, type ChunkRange, type Plan } from '../store/plan.js';
import type { Report } from '../contract/report.js';
import { ChunkJournal, readJournal } from '../store/chunk-journal.js';
import { writeDurably } from '../store/durable-file.js';
import { toLines } from '../store/append-log.js';
import { readAllEntries, writeEntries, writeEntriesOnce } from '../store/write-once.js';
import { readOutcomes } from '../store/outcomes.js';
import type { RunFolder } from '../store/run-folder.js';
import { readUndo, type UndoLedger } from '../store/undo-ledger.js';
import type { AuditDatabase } from './audit-database.js';
import {
  endEvent,
  startEvent,
  undoneEvents,
  userEvents,
  type AuditEvent,
  type Responsible,
} from './events.js';

export interface TrailDeps {
  /** Absent: the file is all there is. */
  audit?: AuditDatabase;
  now: () => Date;
}

/** A run that is imported. */
export interface TrailOfRun {
  run: RunRef;
  folder: RunFolder;
  plan: Plan;
}

/** Once before the first chunk; again does nothing more. */
export async function recordStart(deps: TrailDeps, run: RunRef, folder: RunFolder): Promise<void> {
  const plan = await readPlan(folder);
  const event = startEvent(run, plan, deps.now().toISOString());
  const events = await writeEntriesOnce(folder.auditStart, [event]);
  await deps.audit?.record(lockOf(run), events, () => true);
}

/**
 * The events of a chunk whose outcomes are on disk; again adds nothing.
 * @param journal signed by the attempt that asks
 */
export async function recordChunk(
  { audit, now }: TrailDeps,
  { run, folder, plan }: TrailOfRun,
  { chunk, range }: { chunk: number; range: ChunkRange },
  outcomes: RowOutcome[],
  journal: ChunkJournal,
): Promise<void> {
  const path = folder.audit(chunk, range.sha256);
  const earlier = await readAllEntries<AuditEvent>(path);
  const events = earlier ?? userEvents(run, plan, outcomes, now().toISOString());
  if (events.length === 0) return;
  if (!earlier) await writeEntriesOnce(path, events);
  // Whoever else records them has signed the journal before, or found the file that stands here.
  const mayBeThere = async () => earlier !== undefined || !(await journal.isFirstAttempt());
  await audit?.record(lockOf(run, chunk), events, mayBeThere);
}

/**
 * Writes audit.jsonl anew.
 * @returns false, and nothing is written, when the run never began to import
 */
export async function writeTrail(
  trail: TrailOfRun,
  report: Pick<Report, 'ending' | 'rows' | 'finishedAt'>,
): Promise<boolean> {
  const { run, folder, plan } = trail;
  const start = await readAllEntries<AuditEvent>(folder.auditStart);
  if (!start) return false;
  const earlier = (await readAllEntries<AuditEvent>(folder.auditEnd))?.[0];
  const isSame = earlier?.metadata.ending === report.ending;
  const end = endEvent(run, plan, report, isSame ? earlier.at : report.finishedAt);
  await writeEntries(folder.auditEnd, [end]);

  await writeDurably(folder.auditTrail, async (file) => {
    await file.write(toLines(start));
    for (let chunk = 1; chunk <= plan.findings.chunks; chunk++) {
      await file.write(toLines(await eventsOfChunk(trail, chunk, end.at)));
    }
    await file.write(toLines([end]));
  });
  return true;
}

/** The events of users whom an undo of the chunk took back, each once however many undos there are. */
export async function recordUndone(
  { audit }: TrailDeps,
  { run, chunk }: { run: RunRef; chunk: number },
  ledger: UndoLedger,
): Promise<void> {
  if (!audit) return;
  const { entries, audited } = await ledger.read();
  const open = [...entries.values()].filter(({ line }) => !audited.has(line));
  const events = undoneEvents(run, open);
  if (events.length === 0) return;
  const mayBeThere = async () => !(await ledger.isFirstAttempt());
  await audit.record(`${lockOf(run, chunk)} undo`, events, mayBeThere);
  await ledger.addAudited(events.map(({ metadata }) => metadata.line!));
}

/** Writes audit.jsonl anew with the events of users who were taken back at its end. Nothing is there to add them to when the run was terminated. */
export async function writeUndoneTrail({ run, folder, plan }: TrailOfRun): Promise<void> {
  if (!(await isThere(folder.auditTrail))) return;
  await writeDurably(folder.auditTrail, async (file) => {
    const earlier = createReadStream(folder.auditTrail, 'utf8');
    for await (const line of createInterface({ input: earlier, crlfDelay: Infinity })) {
      const { event } = JSON.parse(line) as AuditEvent;
      if (event !== 'user_import_undone') await file.write(`${line}\n`);
    }
    for (let chunk = 1; chunk <= plan.findings.chunks; chunk++) {
      const { sha256 } = await readChunk(folder, plan, chunk);
      const { entries } = await readUndo(folder.undo(chunk, sha256));
      const inOrder = [...entries.values()].sort((a, b) => a.line - b.line);
      await file.write(toLines(undoneEvents(run, inOrder)));
    }
  });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What the database may lack when audit.jsonl has been written: events of chunks that did not come to their end, and the run's end. */
export async function recordEnd(
  { audit }: TrailDeps,
  trail: TrailOfRun,
  undecidedChunks: number[],
): Promise<void> {
  const { run, folder, plan } = trail;
  const end = await readAllEntries<AuditEvent>(folder.auditEnd);
  if (!audit || !end) return;
  for (const chunk of new Set(undecidedChunks)) {
    const range = await readChunk(folder, plan, chunk);
    // An attempt that was only believed dead must not take itself for the first.
    const journal = await ChunkJournal.open(folder.journal(chunk, range.sha256));
    await journal.close();
    const events = await eventsOfChunk(trail, chunk, end[0]!.at);
    if (events.length > 0) await audit.record(lockOf(run, chunk), events, () => true);
  }
  await audit.record(lockOf(run), end, () => true);
}

/** @param at when it was found out, for rows of a chunk that did not come to its end */
async function eventsOfChunk(
  { run, folder, plan }: TrailOfRun,
  chunk: number,
  at: string,
): Promise<AuditEvent[]> {
  const range = await readChunk(folder, plan, chunk);
  const part = await readAllEntries<AuditEvent>(folder.audit(chunk, range.sha256));
  if (part) return part;
  const outcomes = await readOutcomes(folder, chunk, range);
  if (outcomes) return userEvents(run, plan, outcomes, at);
  const { outcomes: decided } = await readJournal(folder.journal(chunk, range.sha256));
  const inOrder = [...decided.values()].toSorted((a, b) => a.line - b.line);
  return userEvents(run, plan, inOrder, at);
}

/** As long as the lines of any file get. */
const LAST_LINE = 999_999_999;
const NOBODY = '00000000-0000-4000-8000-000000000000';

/** Proves that the database takes the events of a run. */
export async function checkAudit(
  { audit, now }: TrailDeps,
  run: RunRef,
  responsible: Responsible,
): Promise<void> {
  const at = now().toISOString();
  const rows = (['created', 'updated'] as const).map((outcome): RowOutcome => {
    return { line: LAST_LINE, email: '', outcome, identityId: NOBODY, invitation: 'none' };
  });
  await audit?.check([startEvent(run, responsible, at), ...userEvents(run, responsible, rows, at)]);
}

/** The same for the events of an undo. */
export async function checkUndoAudit(
  { audit, now }: TrailDeps,
  run: RunRef,
  actor: string,
): Promise<void> {
  const at = now().toISOString();
  const undone = 'deleted' as const;
  const entry = { line: LAST_LINE, identityId: NOBODY, undone, at, undo: run.runId, actor };
  await audit?.check(undoneEvents(run, [entry]));
}

function lockOf({ workflowId, runId }: RunRef, chunk?: number): string {
  return `csv_import:${workflowId}/${runId}${chunk === undefined ? '' : ` chunk ${chunk}`}`;
}
