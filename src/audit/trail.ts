/**
 * The audit trail of a run: its events on disk, and in the database where there is one.
 *
 * An event's time is fixed when it is first written down, before it goes to any database, so that it is the same
 * however often a step is done again.
 */
import { createInterface } from 'node:readline/promises';
import type { RunRef } from '../contract/ids.js';
import type { RowOutcome } from '../contract/import/outcomes.js';
import { chunksOf, openChunk, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { readPlan } from '../store/plan.js';
import type { Report } from '../contract/report.js';
import { ChunkJournal, readJournal } from '../store/chunk-journal.js';
import {
  readAllEntries,
  writeDurably,
  writeEntries,
  writeEntriesOnce,
} from '../store/durable-file.js';
import { exists } from '../store/ignore-missing.js';
import { toLines } from '../store/json-lines.js';
import { readOutcomes } from '../store/outcomes.js';
import { purgesOf } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import { readUndoLedger, type UndoLedger } from '../store/undo-ledger.js';
import { openToRead } from '../store/plain-file.js';
import type { AuditDatabase } from './audit-database.js';
import {
  endEvent,
  purgeEvent,
  startEvent,
  undoneEvents,
  userEvents,
  type AuditEvent,
  type Responsible,
} from './events.js';

export interface TrailDeps {
  /** Absent: the events are in the run's folder only. */
  audit?: AuditDatabase;
  now: () => Date;
}

/** Once before the first chunk; again does nothing more. */
export async function recordStart(deps: TrailDeps, run: RunRef, folder: RunLayout): Promise<void> {
  const plan = await readPlan(folder);
  const event = startEvent(run, plan, plan.findings.sha256, deps.now().toISOString());
  const events = await writeEntriesOnce(folder.auditStart, [event]);
  await deps.audit?.record(lockOf(run), events, () => true);
}

/**
 * The events of a chunk whose outcomes are on disk; again adds nothing.
 * @param journal signed by the attempt that asks
 */
export async function recordChunk(
  { audit, now }: TrailDeps,
  chunk: OpenChunk,
  outcomes: RowOutcome[],
  journal: ChunkJournal,
): Promise<void> {
  const { run, folder, plan, number } = chunk;
  const path = folder.audit(chunk);
  const earlier = await readAllEntries<AuditEvent>(path);
  const events = earlier ?? userEvents(run, plan, outcomes, now().toISOString());
  if (events.length === 0) return;
  if (!earlier) await writeEntriesOnce(path, events);
  // Any other attempt that records them has signed the journal before, or has found the file that is there.
  const mayBeThere = async () => earlier !== undefined || !(await journal.isFirstAttempt());
  await audit?.record(lockOf(run, number), events, mayBeThere);
}

/**
 * Writes audit.jsonl anew.
 * @returns false, and nothing is written, when the run never began to import
 */
export async function writeTrail(
  openRun: OpenRun,
  report: Pick<Report, 'ending' | 'rows' | 'finishedAt'>,
): Promise<boolean> {
  const { run, folder, plan } = openRun;
  const start = await readAllEntries<AuditEvent>(folder.auditStart);
  if (!start) return false;
  const earlier = (await readAllEntries<AuditEvent>(folder.auditEnd))?.[0];
  const isSame = earlier?.metadata.ending === report.ending;
  const end = endEvent(run, plan, report, isSame ? earlier.at : report.finishedAt);
  await writeEntries(folder.auditEnd, [end]);

  await writeDurably(folder.auditTrail, async (file) => {
    await file.write(toLines(start));
    for await (const chunk of chunksOf(openRun)) {
      await file.write(toLines(await eventsOfChunk(chunk, end.at)));
    }
    await file.write(toLines([end]));
  });
  return true;
}

/** The events of users whom an undo of the chunk deleted or restored, each once however many undos there are. */
export async function recordUndone(
  { audit }: TrailDeps,
  { run, number }: Pick<OpenChunk, 'run' | 'number'>,
  ledger: UndoLedger,
): Promise<void> {
  if (!audit) return;
  const { entries, audited } = await ledger.read();
  const missing = [...entries.values()].filter(({ line }) => !audited.has(line));
  const events = undoneEvents(run, missing);
  if (events.length === 0) return;
  const mayBeThere = async () => !(await ledger.isFirstAttempt());
  await audit.record(`${lockOf(run, number)} undo`, events, mayBeThere);
  await ledger.addAudited(events.map(({ metadata }) => metadata.line!));
}

/**
 * Writes audit.jsonl anew with the events of users whom undos deleted or restored at its end. A run that was
 * terminated has none to add them to.
 */
export async function writeUndoneTrail(openRun: OpenRun): Promise<void> {
  const { run, folder } = openRun;
  await replaceEvents(folder, 'user_import_undone', async (write) => {
    for await (const chunk of chunksOf(openRun)) {
      const { entries } = await readUndoLedger(folder.undo(chunk));
      const inOrder = [...entries.values()].sort((a, b) => a.line - b.line);
      await write(undoneEvents(run, inOrder));
    }
  });
}

/** Who asked for a purge, before anything is removed; again adds nothing. */
export async function recordPurge(
  { audit, now }: TrailDeps,
  folder: RunLayout,
  { run, purge, actor }: { run: RunRef; purge: RunRef; actor: string },
): Promise<void> {
  const event = purgeEvent(run, actor, now().toISOString());
  const events = await writeEntriesOnce(folder.auditPurge(purge), [event]);
  await audit?.record(`${lockOf(run)} purge`, events, () => true);
}

/** Writes audit.jsonl anew with the events of all purges at its end. */
export async function writePurgedTrail(folder: RunLayout): Promise<void> {
  const purges = await purgesOf(folder);
  await replaceEvents(folder, 'user_import_purged', async (write) => {
    for (const path of purges) await write((await readAllEntries<AuditEvent>(path)) ?? []);
  });
}

/** Puts events of one kind in place of those that audit.jsonl has, at its end; a run without one gets none. */
async function replaceEvents(
  folder: RunLayout,
  kind: AuditEvent['event'],
  add: (write: (events: AuditEvent[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  if (!(await exists(folder.auditTrail))) return;
  await writeDurably(folder.auditTrail, async (file) => {
    const earlier = (await openToRead(folder.auditTrail)).createReadStream({ encoding: 'utf8' });
    for await (const line of createInterface({ input: earlier, crlfDelay: Infinity })) {
      const { event } = JSON.parse(line) as AuditEvent;
      if (event !== kind) await file.write(`${line}\n`);
    }
    await add((events) => file.write(toLines(events)));
  });
}

/**
 * What the database may lack when audit.jsonl has been written: the run's end, and the events of chunks that did not
 * come to theirs.
 * @param undecidedChunks their numbers
 */
export async function recordEnd(
  { audit }: TrailDeps,
  openRun: OpenRun,
  undecidedChunks: number[],
): Promise<void> {
  const { run, folder } = openRun;
  const end = await readAllEntries<AuditEvent>(folder.auditEnd);
  if (!audit || !end) return;
  for (const number of new Set(undecidedChunks)) {
    const chunk = await openChunk(openRun, number);
    // An attempt that was only believed dead must not take itself for the first.
    const journal = await ChunkJournal.open(folder.journal(chunk));
    await journal.close();
    const events = await eventsOfChunk(chunk, end[0]!.at);
    if (events.length > 0) await audit.record(lockOf(run, number), events, () => true);
  }
  await audit.record(lockOf(run), end, () => true);
}

/** @param at when it was found out, for rows of a chunk that did not come to its end */
async function eventsOfChunk(chunk: OpenChunk, at: string): Promise<AuditEvent[]> {
  const { run, folder, plan } = chunk;
  const recorded = await readAllEntries<AuditEvent>(folder.audit(chunk));
  if (recorded) return recorded;
  const outcomes = await readOutcomes(chunk);
  if (outcomes) return userEvents(run, plan, outcomes, at);
  const { outcomes: decided } = await readJournal(folder.journal(chunk));
  const inOrder = [...decided.values()].toSorted((a, b) => a.line - b.line);
  return userEvents(run, plan, inOrder, at);
}

/** As long as the lines of any file get. */
const LAST_LINE = 999_999_999;
/** The file is not read yet. */
const NO_SHA256 = '0'.repeat(64);
const NO_IDENTITY = '00000000-0000-4000-8000-000000000000';

/** Proves that the database takes the events of a run. */
export async function checkAudit(
  { audit, now }: TrailDeps,
  run: RunRef,
  responsible: Responsible,
): Promise<void> {
  const at = now().toISOString();
  const rows = (['created', 'updated'] as const).map((outcome): RowOutcome => {
    return { line: LAST_LINE, email: '', outcome, identityId: NO_IDENTITY, invitation: 'none' };
  });
  const start = startEvent(run, responsible, NO_SHA256, at);
  await audit?.check([start, ...userEvents(run, responsible, rows, at)]);
}

/** The same for the events of an undo. */
export async function checkUndoAudit(
  { audit, now }: TrailDeps,
  run: RunRef,
  actor: string,
): Promise<void> {
  const at = now().toISOString();
  const undone = 'deleted' as const;
  const entry = { line: LAST_LINE, identityId: NO_IDENTITY, undone, at, undo: run.runId, actor };
  await audit?.check(undoneEvents(run, [entry]));
}

function lockOf({ workflowId, runId }: RunRef, chunk?: number): string {
  return `csv_import:${workflowId}/${runId}${chunk === undefined ? '' : ` chunk ${chunk}`}`;
}
