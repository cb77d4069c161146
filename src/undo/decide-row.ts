import { isRowError, retrySingleRow } from '../kratos/retry-single-row.js';
import type { Kratos } from '../kratos/kratos.js';
import type { UndoLedgerContent } from '../store/undo-ledger.js';
import { decideCreated, decideUpdated, type CurrentState, type UndoDecision } from './decision.js';
import type { LaterUpdates } from './later-updates.js';
import type { ChunkToUndo } from './open-undo.js';
import type { UndoRow } from './undo-rows.js';

/**
 * Reads a row's user and decides it. A user on whom Kratos refuses or breaks is kept.
 * @param later runs whose undo is still to come before this row's, in a preview
 */
export async function decideRow(
  kratos: Kratos,
  { run, force }: ChunkToUndo,
  row: UndoRow,
  { begun }: UndoLedgerContent,
  later?: LaterUpdates,
): Promise<UndoDecision> {
  const isCreated = row.outcome === 'created';
  try {
    const read = await readCurrentState(kratos, row.identityId, isCreated && !force);
    const current = later ? await later.takeBack(read, { force }) : read;
    return isCreated
      ? decideCreated(row, current, run, force)
      : decideUpdated(row, current, force, begun.has(row.line));
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
