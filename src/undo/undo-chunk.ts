/** The users of one chunk: looked at, and taken back where nobody has made them their own. */
import type { AuditDatabase } from '../audit/audit-database.js';
import { recordUndone } from '../audit/trail.js';
import { countCode } from '../contract/findings.js';
import type { RunRef } from '../contract/ids.js';
import type { StallReport } from '../contract/stall.js';
import { NO_UNDO_COUNTS, type UndoCounts, type UndoEntry } from '../contract/undo/index.js';
import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Kratos } from '../kratos/kratos.js';
import type { RetryAfterGate } from '../kratos/retry-after-gate.js';
import { withRetries } from '../kratos/with-retries.js';
import type { Plan } from '../store/plan.js';
import type { RunFolder } from '../store/run-folder.js';
import { isFinal, readUndo, UndoLedger, type UndoState } from '../store/undo-ledger.js';
import { decideCreated, decideUpdated, type UndoDecision, type CurrentState } from './decision.js';
import { readUndoRows, type UndoRow } from './undo-rows.js';

export interface UndoChunkDeps {
  kratos: Kratos;
  retryAfter: RetryAfterGate;
  /** Where audit events go besides the run's folder. */
  audit?: AuditDatabase;
  now: () => Date;
}

/** A chunk of the run that is undone, and who undoes it. */
export interface ChunkToUndo {
  run: RunRef;
  folder: RunFolder;
  plan: Plan;
  chunk: number;
  undo: RunRef;
  actor: string;
  force: boolean;
}

export interface UndoAttempt {
  /** An attempt that is given up makes no further request and writes nothing. */
  signal: AbortSignal;
  reportStall: (stall: Omit<StallReport, 'runId'>) => void;
  /** Asked right before anybody is deleted or changed. */
  isGivenUp: () => boolean;
}

/** So many users at once: between the look at one of them and the deletion there is one write to disk. */
const AT_ONCE = 8;

/** What would become of a chunk's users. Changes nothing and writes nothing. */
export async function previewChunk(
  deps: UndoChunkDeps,
  work: ChunkToUndo,
  attempt: UndoAttempt,
): Promise<UndoCounts> {
  const { folder, plan, chunk, undo } = work;
  const { range, rows } = await readUndoRows(folder, plan, chunk);
  const state = await readUndo(folder.undo(chunk, range.sha256));
  const kratos = withRetries(deps.kratos, {
    ...deps,
    signal: attempt.signal,
    onStall: attempt.reportStall,
  });
  const tally = new Tally(undo);
  for (const group of groupsOf(rows)) {
    const fates = await Promise.all(
      group.map(async (row) => finalEntry(state, row) ?? decide(kratos, work, row, state)),
    );
    for (const [i, fate] of fates.entries()) tally.add(group[i]!, fate);
  }
  return tally.counts;
}

/**
 * Takes a chunk's users back. Safe to run again after any crash: who is deleted or restored stands in the chunk's ledger,
 * and who was about to be is known to have been by this undo.
 * @throws KratosError when Kratos takes no requests for long
 * @throws AuditError when the audit database does not take the events
 */
export async function undoChunk(
  deps: UndoChunkDeps,
  work: ChunkToUndo,
  attempt: UndoAttempt,
): Promise<UndoCounts> {
  const { run, folder, plan, chunk, undo } = work;
  const { range, rows } = await readUndoRows(folder, plan, chunk);
  if (rows.length === 0) return NO_UNDO_COUNTS;
  const ledger = await UndoLedger.open(folder.undo(chunk, range.sha256));
  try {
    const state = await ledger.read();
    const isOpen = (row: UndoRow) => !finalEntry(state, row);
    for (const group of groupsOf(rows.filter(isOpen))) {
      await undoGroup(deps, work, attempt, ledger, state, group);
    }
    await ledger.sync();
    attempt.signal.throwIfAborted();
    await recordUndone(deps, { run, chunk }, ledger);
    const { entries } = await ledger.read();
    const tally = new Tally(undo);
    for (const row of rows) tally.add(row, entries.get(row.line)!);
    return tally.counts;
  } finally {
    await ledger.close();
  }
}

async function undoGroup(
  deps: UndoChunkDeps,
  work: ChunkToUndo,
  attempt: UndoAttempt,
  ledger: UndoLedger,
  state: UndoState,
  group: UndoRow[],
): Promise<void> {
  const kratos = withRetries(deps.kratos, {
    ...deps,
    signal: attempt.signal,
    onStall: attempt.reportStall,
  });
  const fates = await Promise.all(
    group.map(async (row) => ({ row, fate: await decide(kratos, work, row, state) })),
  );
  const isChange = ({ fate }: { fate: UndoDecision }) =>
    fate.do === 'delete' || fate.do === 'restore';
  await ledger.intend(fates.filter(isChange).map(({ row }) => row.line));
  if (attempt.isGivenUp()) throw new Error('given up');
  const entries = await Promise.all(
    fates.map(async ({ row, fate }): Promise<UndoEntry> => {
      const become = await carryOut(kratos, row, fate, state.begun.has(row.line));
      const { line, identityId } = row;
      const { undo, actor } = work;
      return {
        ...{ line, identityId, ...become, at: deps.now().toISOString() },
        ...{ undo: undo.runId, actor },
      };
    }),
  );
  attempt.signal.throwIfAborted();
  await ledger.add(entries);
}

async function decide(
  kratos: Kratos,
  { run, force }: ChunkToUndo,
  row: UndoRow,
  { begun }: UndoState,
): Promise<UndoDecision> {
  const isCreated = row.outcome === 'created';
  try {
    const look = await readCurrentState(kratos, row.identityId, isCreated && !force);
    return isCreated
      ? decideCreated(row, look, run, force)
      : decideUpdated(row, look, force, begun.has(row.line));
  } catch (error) {
    if (!isRowError(error)) throw error;
    return { do: 'keep', reason: 'refused' };
  }
}

async function readCurrentState(
  kratos: Kratos,
  id: string,
  asksSessions: boolean,
): Promise<CurrentState> {
  const user = await retrySingleRow(kratos, () => kratos.get(id));
  if (!user) return { hasSessions: false };
  const hasSessions = asksSessions && (await retrySingleRow(kratos, () => kratos.hasSessions(id)));
  return { user, hasSessions };
}

/** @param isBegun an attempt before this one was about to take them back, and its answer may have been lost */
async function carryOut(
  kratos: Kratos,
  { identityId, outcome }: UndoRow,
  fate: UndoDecision,
  isBegun: boolean,
): Promise<Pick<UndoEntry, 'undone' | 'reason'>> {
  const isOurs = isBegun && outcome === 'created';
  if (fate.do === 'already-deleted') return { undone: isOurs ? 'deleted' : 'already_deleted' };
  if (fate.do === 'keep') return { undone: 'kept', reason: fate.reason };
  try {
    if (fate.do === 'delete') {
      // Not there any more: this very request deleted them, and was sent again when its answer was lost.
      await retrySingleRow(kratos, () => kratos.remove(identityId));
      return { undone: 'deleted' };
    }
    const { patch } = fate;
    if (patch.length > 0) await retrySingleRow(kratos, () => kratos.update(identityId, patch));
    return { undone: 'restored' };
  } catch (error) {
    if (!isRowError(error)) throw error;
    if (error.details.status === 404) return { undone: 'already_deleted' };
    return { undone: 'kept', reason: 'refused' };
  }
}

/** What a row has come to for good. */
function finalEntry({ entries }: UndoState, { line }: UndoRow): UndoEntry | undefined {
  const entry = entries.get(line);
  return entry && isFinal(entry) ? entry : undefined;
}

const BECOMES = {
  delete: 'deleted',
  restore: 'restored',
  'already-deleted': 'already_deleted',
  keep: 'kept',
} as const satisfies Record<UndoDecision['do'], UndoEntry['undone']>;

/** Adds up what becomes, or would become, of rows. */
class Tally {
  readonly counts: UndoCounts = { ...NO_UNDO_COUNTS, reasons: {} };

  constructor(private readonly undo: RunRef) {}

  add({ line, isMailed }: UndoRow, what: UndoDecision | UndoEntry): void {
    if ('undone' in what && isFinal(what) && what.undo !== this.undo.runId) {
      this.counts.undoneBefore++;
      return;
    }
    const undone = 'undone' in what ? what.undone : BECOMES[what.do];
    this.counts[undone]++;
    if ('reason' in what && what.reason) countCode(this.counts.reasons, what.reason, line);
    if (undone === 'deleted' && isMailed) this.counts.mailed++;
  }
}

function groupsOf<T>(items: T[]): T[][] {
  const count = Math.ceil(items.length / AT_ONCE);
  return Array.from({ length: count }, (_, i) => items.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}
