/** Undoing one chunk: its users are deleted or restored, but for users who are in use since. */
import type { AuditDatabase } from '../audit/audit-database.js';
import { recordUndone } from '../audit/trail.js';
import type { StallReport } from '../contract/stall.js';
import {
  NO_UNDO_COUNTS,
  type KeptReason,
  type UndoCounts,
  type UndoEntry,
} from '../contract/undo/outcomes.js';
import type { PatchOperation } from '../identity/identity.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Kratos, PasswordSwap } from '../kratos/kratos.js';
import type { RetryAfterGate } from '../kratos/retry-after-gate.js';
import { withRetries } from '../kratos/with-retries.js';
import { finalEntry, UndoLedger, type UndoLedgerContent } from '../store/undo-ledger.js';
import { decideRows } from './decide-rows.js';
import type { UndoDecision } from './decision.js';
import type { Turns } from '../flow-control/turns.js';
import { valuesOf } from '../settled.js';
import { groupsOf, together } from './groups.js';
import type { ChunkToUndo } from './open-undo.js';
import { Tally } from './tally.js';
import { datingDeactivation } from './restore.js';
import { readUndoRows, type UndoRow } from './undo-rows.js';

export interface UndoChunkDeps {
  kratos: Kratos;
  retryAfter: RetryAfterGate;
  turns: Turns;
  /** Aborted when the worker is being ended: the requests in flight are finished, and the rest handed back. */
  handBack?: AbortSignal | undefined;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase;
  now: () => Date;
}

export interface UndoAttempt {
  /** An attempt that is given up makes no further request and writes nothing. */
  signal: AbortSignal;
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Asked right before a user is deleted or changed. */
  isGivenUp: () => boolean;
}

/**
 * Undoes a chunk. Safe to run again after any crash: the chunk's ledger says which users are deleted or restored, and
 * which ones were about to be, so that a user who is found deleted is known to have been by this undo.
 * @throws KratosError when Kratos takes no requests for long
 * @throws AuditError when the audit database does not take the events
 */
export async function undoChunk(
  deps: UndoChunkDeps,
  chunk: ChunkToUndo,
  attempt: UndoAttempt,
): Promise<UndoCounts> {
  const rows = await readUndoRows(chunk);
  if (rows.length === 0) return NO_UNDO_COUNTS;
  const ledger = await UndoLedger.open(chunk);
  const before = await ledger.read();
  const open = rows.filter(({ line }) => !finalEntry(before, line));
  try {
    for (const group of groupsOf(open)) {
      await undoGroup(deps, chunk, attempt, ledger, before, group);
    }
  } finally {
    // There may be no other attempt that finds out what was done.
    await ledger.save();
  }
  const content = await ledger.read();
  attempt.signal.throwIfAborted();
  await recordUndone(deps, chunk, ledger, content);
  const tally = new Tally(chunk.undo);
  for (const row of rows) tally.addEntry(row, content.entries.get(row.line)!);
  return tally.counts;
}

/** @param before what the ledger held when the attempt began */
async function undoGroup(
  deps: UndoChunkDeps,
  chunk: ChunkToUndo,
  { signal, reportStall, isGivenUp }: UndoAttempt,
  ledger: UndoLedger,
  before: UndoLedgerContent,
  group: UndoRow[],
): Promise<void> {
  const kratos = withRetries(deps.kratos, { ...deps, signal, onStall: reportStall });
  const { turns } = deps;
  const decisions = await decideRows({ kratos, turns }, chunk, group, before);
  const decided = group.map((row, i) => ({ row, decision: decisions[i]! }));
  const changes = decided.filter(({ decision }) => isChange(decision));
  await ledger.intend(changes.map(({ row }) => row.line));
  const results = await together(decided, turns, async ({ row, decision }) => {
    if (isGivenUp()) throw new Error('given up');
    const result = await carryOut(kratos, row, decision, before.begun.has(row.line), deps.now());
    return toEntry(chunk, row, result, deps.now());
  });
  signal.throwIfAborted();
  ledger.add(results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])));
  valuesOf(results);
}

function isChange(decision: UndoDecision): boolean {
  return decision.do === 'delete' || decision.do === 'restore';
}

type Result = Pick<UndoEntry, 'undone' | 'reason'>;

/**
 * @param isBegun an attempt before this one was about to delete or restore the user, and its answer may have been
 * lost
 */
async function carryOut(
  kratos: Kratos,
  { identityId, outcome }: UndoRow,
  decision: UndoDecision,
  isBegun: boolean,
  now: Date,
): Promise<Result> {
  const isOurs = isBegun && outcome === 'created';
  if (decision.do === 'already-deleted') return { undone: isOurs ? 'deleted' : 'already_deleted' };
  if (decision.do === 'keep') return { undone: 'kept', reason: decision.reason };
  try {
    if (decision.do === 'delete') {
      // Not there any more: this very request deleted the user, and was sent again when its answer was lost.
      await retrySingleRow(kratos, () => kratos.remove(identityId));
      return { undone: 'deleted' };
    }
    const { patch, password } = decision;
    const kept = password && (await takePassword(kratos, identityId, password));
    if (kept) return { undone: 'kept', reason: kept };
    const dated = datingDeactivation(patch, now);
    if (dated.length > 0) await restoreFields(kratos, identityId, dated, password);
    return { undone: 'restored' };
  } catch (error) {
    if (!isRowError(error)) throw error;
    const { status, byGateway } = error.details;
    const isNotFound = status === 404 && !byGateway;
    if (isNotFound && !(await kratos.get(identityId))) return { undone: 'already_deleted' };
    return { undone: 'kept', reason: 'refused' };
  }
}

/** @returns why the user keeps the password, if they do */
async function takePassword(
  kratos: Kratos,
  id: string,
  password: PasswordSwap,
): Promise<KeptReason | undefined> {
  const result = await retrySingleRow(kratos, () => kratos.swapPassword(id, password));
  return ({ replaced: undefined, other: 'password_set', signed_in: 'logged_in' } as const)[result];
}

/** All or nothing: where the fields cannot be restored, the user has their password back. */
async function restoreFields(
  kratos: Kratos,
  id: string,
  patch: PatchOperation[],
  password: PasswordSwap | undefined,
): Promise<void> {
  try {
    await retrySingleRow(kratos, () => kratos.update(id, patch));
  } catch (error) {
    if (password && isRowError(error)) {
      const { from, to } = password;
      await kratos.swapPassword(id, { from: to, to: from, evenSignedIn: true });
    }
    throw error;
  }
}

function toEntry(
  { undo, actor }: ChunkToUndo,
  { line, identityId }: UndoRow,
  { undone, reason }: Result,
  at: Date,
): UndoEntry {
  return {
    line,
    identityId,
    undone,
    reason,
    at: at.toISOString(),
    undo: undo.runId,
    actor,
  };
}
