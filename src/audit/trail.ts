/**
 * The audit trail of a run: its events on disk, and in the database where there is one.
 *
 * An event's time is fixed when it is first written down, before it goes to any database, so that it is the same
 * however often a step is done again.
 */
import type { Ending, Report } from '../contract/report.js';
import type { RunRef } from '../contract/ids.js';
import { LEAVER_LINE, type RowOutcome } from '../contract/import/outcomes.js';
import { ChunkJournal } from '../store/chunk-journal.js';
import { parseLines, readLines, toLines, writeLinesOnce } from '../store/json-lines.js';
import { readKnownOutcomes } from '../store/known-outcomes.js';
import { openChunk, type OpenChunk, type OpenRun } from '../store/open-run.js';
import { linesOf } from '../store/parts-of.js';
import { readPlan } from '../store/plan.js';
import { purgesOf } from '../store/run-folder.js';
import type { RunLayout } from '../store/run-layout.js';
import type { Writer } from '../store/store.js';
import { StoredFile } from '../store/stored-file.js';
import type { UndoLedger, UndoLedgerContent } from '../store/undo-ledger.js';
import type { AuditDatabase } from './audit-database.js';
import {
  endEvent,
  hasEvent,
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
  const { entries } = await writeLinesOnce(folder.store, folder.auditStart, [event]);
  await deps.audit?.record([lockOf(run)], entries, () => true);
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
  const found = userEvents(run, plan, outcomes, now().toISOString());
  if (found.length === 0) return;
  const { entries, isOwn } = await writeLinesOnce(folder.store, folder.audit(chunk), found);
  // Any other attempt that records them has signed the journal before, or has found the file that is there.
  const mayBeThere = async () => !isOwn || !(await journal.isFirstAttempt());
  await audit?.record([lockOf(run, number)], entries, mayBeThere);
}

/** audit.jsonl of a run that began to import, which is written anew beside the other files of its report. */
export class TrailFile {
  private constructor(
    private readonly openRun: OpenRun,
    private readonly file: StoredFile,
    private readonly ending: Ending,
    /** When the end was found out (ISO 8601): the same however often it is written down. */
    readonly at: string,
  ) {}

  /** @returns undefined, and nothing is written, when the run never began to import */
  static async open(
    openRun: OpenRun,
    ending: Ending,
    finishedAt: string,
  ): Promise<TrailFile | undefined> {
    const { store, auditStart, auditEnd, auditTrail } = openRun.folder;
    const start = await readLines<AuditEvent>(store, auditStart);
    if (!start) return undefined;
    const earlier = (await readLines<AuditEvent>(store, auditEnd))?.[0];
    const at = earlier?.metadata.ending === ending ? earlier.at : finishedAt;
    return new TrailFile(openRun, new StoredFile(store, auditTrail, toLines(start)), ending, at);
  }

  /** @param events lines of a chunk's events */
  write(events: string): Promise<void> {
    return this.file.write(events);
  }

  /** The end comes last. */
  async commit(rows: Report['rows']): Promise<void> {
    const { run, folder, plan } = this.openRun;
    const end = toLines([endEvent(run, plan, { ending: this.ending, rows }, this.at)]);
    await folder.store.replace(folder.auditEnd, end);
    await this.file.write(end);
    await this.file.commit();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}

/** The events of users whom an undo of the chunk deleted or restored, each once however many undos there are. */
export async function recordUndone(
  { audit }: TrailDeps,
  { run, number }: Pick<OpenChunk, 'run' | 'number'>,
  ledger: UndoLedger,
  { entries, audited }: UndoLedgerContent,
): Promise<void> {
  if (!audit) return;
  const missing = [...entries.values()].filter(({ line }) => !audited.has(line));
  const events = undoneEvents(run, missing);
  if (events.length === 0) return;
  const mayBeThere = async () => !(await ledger.isFirstAttempt());
  await audit.record([`${lockOf(run, number)} undo`], events, mayBeThere);
  await ledger.addAudited(events.map(({ metadata }) => metadata.line!));
}

/** Lines of audit.jsonl: what undos have made of the rows of a chunk. */
export function undoneLines({ run }: Pick<OpenRun, 'run'>, { entries }: UndoLedgerContent): string {
  const inOrder = [...entries.values()].sort((a, b) => a.line - b.line);
  return toLines(undoneEvents(run, inOrder));
}

/**
 * Writes audit.jsonl anew with the events of users whom undos deleted or restored at its end. A run that was
 * terminated has none to add them to.
 * @param add is called once
 */
export function writeUndoneTrail(
  folder: RunLayout,
  add: (trail: Writer) => Promise<void>,
): Promise<void> {
  return replaceEvents(folder, 'user_import_undone', add);
}

/** Who asked for a purge, before anything is removed; again adds nothing. */
export async function recordPurge(
  { audit, now }: TrailDeps,
  folder: RunLayout,
  { run, purge, actor }: { run: RunRef; purge: RunRef; actor: string },
): Promise<void> {
  const event = purgeEvent(run, actor, now().toISOString());
  const { entries } = await writeLinesOnce(folder.store, folder.auditPurge(purge), [event]);
  await audit?.record([`${lockOf(run)} purge`], entries, () => true);
}

/** Writes audit.jsonl anew with the events of all purges at its end. */
export async function writePurgedTrail(folder: RunLayout): Promise<void> {
  const { store } = folder;
  await replaceEvents(folder, 'user_import_purged', async (trail) => {
    for (const key of await purgesOf(folder)) {
      await trail.write(toLines((await readLines<AuditEvent>(store, key)) ?? []));
    }
  });
}

/** Puts events of one kind in place of those that audit.jsonl has, at its end; a run without one gets none. */
async function replaceEvents(
  { store, auditTrail }: RunLayout,
  kind: AuditEvent['event'],
  add: (trail: Writer) => Promise<void>,
): Promise<void> {
  if (!(await store.stat(auditTrail))) return add({ write: () => Promise.resolve() });
  await store.write(auditTrail, async (trail) => {
    for await (const line of linesOf(store, auditTrail)) {
      const { event } = JSON.parse(line) as AuditEvent;
      if (event !== kind) await trail.write(`${line}\n`);
    }
    await add(trail);
  });
}

/** As many events and locks as go into one transaction, more or less: Postgres keeps some thousand locks. */
const A_TRANSACTION = { events: 2000, locks: 50 };

/**
 * What the database may lack when audit.jsonl has been written: the run's end, its start where it was cancelled before
 * the database took that, and the events of chunks that did not come to theirs, or whose outcomes are on disk and their
 * events were still to be recorded.
 * @param begun the numbers of chunks that have begun, and may be such
 */
export async function recordEnd(
  { audit }: TrailDeps,
  openRun: OpenRun,
  begun: number[],
): Promise<void> {
  const { run, folder } = openRun;
  const { store } = folder;
  const end = audit && (await readLines<AuditEvent>(store, folder.auditEnd));
  if (!end) return;
  const start = (await readLines<AuditEvent>(store, folder.auditStart)) ?? [];
  let locks: string[] = [];
  let missing: AuditEvent[] = [];
  for (const number of new Set(begun)) {
    const chunk = await openChunk(openRun, number);
    // An attempt that was only believed dead must not take itself for the first.
    await ChunkJournal.sign(store, folder.journal(chunk));
    const rows = await readKnownOutcomes(chunk);
    const events = parseLines<AuditEvent>(await eventsOfChunk(chunk, rows, end[0]!.at));
    if (events.length === 0) continue;
    locks.push(lockOf(run, number));
    missing.push(...events);
    if (missing.length < A_TRANSACTION.events && locks.length < A_TRANSACTION.locks) continue;
    await audit.record(locks, missing, () => true);
    [locks, missing] = [[], []];
  }
  await audit.record([...locks, lockOf(run)], [...start, ...missing, ...end], () => true);
}

/**
 * Lines of audit.jsonl: the events of a chunk.
 * @param rows what became of them
 * @param at when it was found out, for rows of a chunk that did not come to its end
 */
export async function eventsOfChunk(
  { run, folder, plan, ...chunk }: OpenChunk,
  rows: RowOutcome[],
  at: string,
): Promise<string> {
  if (!rows.some(hasEvent)) return '';
  const recorded = await folder.store.read(folder.audit(chunk));
  return recorded?.bytes.toString() ?? toLines(userEvents(run, plan, rows, at));
}

/** As long as the lines of any file, and of those who are not in one, get. */
const LAST_LINE = 2 * LEAVER_LINE - 1;
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
  const outcomes = ['created', 'updated', 'deactivated', 'deleted'] as const;
  const rows = outcomes.map((outcome): RowOutcome => {
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
